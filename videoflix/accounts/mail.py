"""Composes mails and sends them: by SMTP, or to the log with the console backend."""

import html
import ssl
import sys
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from string import Template
from urllib.parse import quote, urlencode

import aiosmtplib
from msgspec import Struct

from videoflix.accounts.emails import deliverable_email
from videoflix.accounts.models import MailKind
from videoflix.errors import InvalidInput, MailFailed, MailRejected
from videoflix.settings import Settings

TIMEOUT_SECONDS = 20
# RFC 4954, section 6: authentication is required, too weak, failed, or needs TLS.
AUTHENTICATION_CODES = (530, 534, 535, 538)


class MailText(Struct, frozen=True):
    """The parts of a mail of one kind. `tag` marks its link on the console."""

    subject: str
    lead: str
    button: str
    note: str
    tag: str


TEXTS = {
    MailKind.ACTIVATION: MailText(
        subject="Confirm your e-mail address",
        lead="Welcome to Videoflix! Please confirm your e-mail address to activate your account.",
        button="Activate account",
        note="If you did not register, please ignore this e-mail. The account will not be activated.",
        tag="ACTIVATION LINK",
    ),
    MailKind.RESET: MailText(
        subject="Reset your password",
        lead="We received a request to reset the password of your Videoflix account.",
        button="Set a new password",
        note="If you did not request this, please ignore this e-mail. Your password will not be changed.",
        tag="RESET LINK",
    ),
    MailKind.INVITATION: MailText(
        subject="Choose your password",
        lead="A Videoflix account was created for you. Please choose a password to start watching.",
        button="Choose a password",
        note="If you did not expect this, please ignore this e-mail. Nobody can log in without a password.",
        tag="RESET LINK",
    ),
    MailKind.RECOVERY: MailText(
        subject="Set a password and activate your account",
        lead="We received a request to reset the password of your Videoflix account, which was never activated. "
        "Please choose a password to activate it.",
        button="Choose a password",
        note="The password from the registration is no longer valid, and earlier activation links no longer work. "
        "If you did not request this, please ignore this e-mail. Nobody can log in to this account.",
        tag="RESET LINK",
    ),
}

PLAIN = Template("""$lead

$link

$note
$validity

Videoflix
""")

HTML = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>$subject</title>
</head>
<body style="margin:0;padding:0;background:#0d0f13">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#0d0f13">
<tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"
 style="max-width:520px;background:#1a1d24;border-radius:12px">
<tr><td style="padding:32px;font-family:Helvetica,Arial,sans-serif;color:#e8eaee;font-size:16px;line-height:1.5">
<p style="margin:0 0 24px;font-size:22px;font-weight:bold;color:#ff5a5f">Videoflix</p>
<p style="margin:0 0 24px">$lead</p>
<p style="margin:0 0 24px"><a href="$link" style="display:inline-block;padding:14px 28px;border-radius:8px;
background:#d7262b;color:#ffffff;font-weight:bold;text-decoration:none">$button</a></p>
<p style="margin:0 0 24px;font-size:13px;color:#a8aebb">Or copy this address into your browser:<br>
<a href="$link" style="color:#8ab4ff;word-break:break-all">$link</a></p>
<p style="margin:0;font-size:13px;color:#a8aebb">$note $validity</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
""")


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


def compose(settings: Settings, kind: MailKind, recipient: str, address: str) -> EmailMessage:
    """The mail as plain text and HTML, with the link `address`. Raises MailRejected for an invalid recipient."""
    text = TEXTS[kind]
    parts = {
        "subject": text.subject,
        "lead": text.lead,
        "button": text.button,
        "note": text.note,
        "validity": f"The link is valid for {_duration(lifetime(settings, kind))}.",
        "link": address,
    }
    message = EmailMessage()
    sender = _sender(settings)
    try:
        message["To"] = deliverable_email(recipient)
    except InvalidInput as reason:
        raise MailRejected(reason.detail) from None
    message["From"] = sender
    message["Subject"] = text.subject
    message["Date"] = format_datetime(datetime.now(settings.time_zone))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(PLAIN.substitute(parts))
    escaped = {name: html.escape(value) for name, value in parts.items()}
    message.add_alternative(HTML.substitute(escaped), subtype="html")
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
    sys.stdout.write(f"{head}\n\n{body.get_content()}\n[{TEXTS[kind].tag}] {address}\n")
    sys.stdout.flush()


def _sender(settings: Settings) -> str:
    """DEFAULT_FROM_EMAIL, or the SMTP user where existing `.env` files have a sender that is not an address."""
    sender = settings.default_from_email
    return sender if "@" in sender or "@" not in settings.email_host_user else settings.email_host_user


def _duration(seconds: int) -> str:
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
