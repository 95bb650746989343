"""Composes mails and sends them: by SMTP, or to the log with the console backend."""

import ssl
import sys
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import quote, urlencode

import aiosmtplib
from babel.units import format_unit

from videoflix import translations
from videoflix.accounts.emails import deliverable_email
from videoflix.accounts.models import MailKind
from videoflix.errors import InvalidInput, MailFailed, MailRejected
from videoflix.settings import Settings

TIMEOUT_SECONDS = 20
# RFC 4954, section 6: authentication is required, too weak, failed, or needs TLS.
AUTHENTICATION_CODES = (530, 534, 535, 538)
UNITS = (("duration-day", 86_400), ("duration-hour", 3600), ("duration-minute", 60), ("duration-second", 1))


TEMPLATES = translations.environment(Path(__file__).parent / "templates")


def link(settings: Settings, kind: MailKind, uid: str, token: str) -> str:
    """The URL of the frontend page for this kind of mail, with the uid and token."""
    path = {
        MailKind.ACTIVATION: settings.frontend_activation_path,
        MailKind.RESET: settings.frontend_password_reset_path,
        MailKind.INVITATION: settings.frontend_password_reset_path,
        MailKind.RECOVERY: settings.frontend_password_reset_path,
    }[kind]
    base = f"{settings.frontend_base_url}/{quote(path.lstrip('/'), safe='/.-_~')}"
    return f"{base}?{urlencode({'uid': uid, 'token': token})}"


def lifetime(settings: Settings, kind: MailKind) -> int:
    """How long the link of a mail is valid, in seconds."""
    return {
        MailKind.ACTIVATION: settings.activation_token_lifetime,
        MailKind.RESET: settings.reset_token_lifetime,
        MailKind.INVITATION: settings.activation_token_lifetime,
        MailKind.RECOVERY: settings.reset_token_lifetime,
    }[kind]


def compose(settings: Settings, kind: MailKind, recipient: str, address: str, language: str) -> EmailMessage:
    """The mail as plain text and HTML, with the link `address`. Raises MailRejected for an invalid recipient."""
    text, plain, html = _render(kind, address, lifetime(settings, kind), language)
    message = EmailMessage()
    sender = _sender(settings)
    try:
        message["To"] = deliverable_email(recipient)
    except InvalidInput as reason:
        raise MailRejected(reason.detail) from None
    message["From"] = sender
    message["Subject"] = text["subject"]
    message["Date"] = format_datetime(datetime.now(settings.time_zone))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    message["Content-Language"] = language  # after the content, which replaces such headers
    return message


async def send(settings: Settings, kind: MailKind, message: EmailMessage, address: str) -> None:
    """Send a mail. Raises MailFailed with the reason, or MailRejected if retrying is useless."""
    if settings.email_backend == "console":
        _print(kind, message, address)
        return
    try:
        await aiosmtplib.send(
            message,
            hostname=settings.email_host,
            port=settings.email_port,
            username=settings.email_host_user or None,
            password=settings.email_host_password or None,
            use_tls=settings.email_use_ssl,
            start_tls=settings.email_use_tls,
            timeout=TIMEOUT_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        raise _failure(refused.recipients[0]) from refused
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError) as reason:
        raise _failure(reason) from reason


def _render(kind: MailKind, address: str, seconds: int, language: str) -> tuple[dict[str, str], str, str]:
    """The texts of a kind of mail, and the mail with a link that is valid for so long, as plain text and as HTML."""
    with translations.using(language):
        text = TEMPLATES.get_template("texts.txt").make_module().texts[kind]  # type: ignore[attr-defined]
        context = {"text": text, "link": address, "duration": _duration(seconds, language), "language": language}
        return text, *(TEMPLATES.get_template(name).render(context) for name in ("mail.txt", "mail.html"))


def _failure(reason: Exception) -> MailFailed:
    """MailRejected for a permanent reply (5yz, RFC 5321, section 4.2.1) to the sender, recipient or data.

    Permanent replies to the greeting or login, and those that require a login (530), are caused by the configuration:
    the mail is retried until that is corrected.
    """
    detail = f"{type(reason).__name__}: {reason}"
    about_the_mail = (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
    if isinstance(reason, about_the_mail) and 500 <= reason.code < 600 and reason.code not in AUTHENTICATION_CODES:
        return MailRejected(detail)
    return MailFailed(detail)


def _print(kind: MailKind, message: EmailMessage, address: str) -> None:
    body = message.get_body(("plain",))
    assert body is not None
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    tag = "ACTIVATION LINK" if kind is MailKind.ACTIVATION else "RESET LINK"
    sys.stdout.write(f"{head}\n\n{body.get_content()}\n[{tag}] {address}\n")
    sys.stdout.flush()


def _sender(settings: Settings) -> str:
    """DEFAULT_FROM_EMAIL, or the SMTP user where existing `.env` files have a sender that is not an address."""
    sender = settings.default_from_email
    return sender if "@" in sender or "@" not in settings.email_host_user else settings.email_host_user


def _duration(seconds: int, language: str) -> str:
    unit, length = next((unit for unit in UNITS if seconds >= unit[1]), UNITS[-1])
    return format_unit(seconds // length, unit, locale=language)
