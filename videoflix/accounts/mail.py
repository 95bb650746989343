"""Mails: what they say, and how they leave the house (to the log, or to a mail server)."""

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
# RFC 4954, 6: a login is needed, is too weak, is wrong, needs TLS.
LOGIN_CODES = (530, 534, 535, 538)


class MailText(Struct, frozen=True):
    """What a kind of mail says."""

    subject: str
    lead: str
    button: str
    remark: str
    tag: str


WORDS = {
    MailKind.ACTIVATION: MailText(
        subject="Confirm your e-mail address",
        lead="Welcome to Videoflix! Please confirm your e-mail address, and the films are yours.",
        button="Activate account",
        remark="If you did not register, you need not do anything: without this step there is no account.",
        tag="ACTIVATION LINK",
    ),
    MailKind.RESET: MailText(
        subject="Reset your password",
        lead="Somebody, probably you, wants to set a new password for your Videoflix account.",
        button="Set a new password",
        remark="If it was not you, you need not do anything: your password stays as it is.",
        tag="RESET LINK",
    ),
    MailKind.INVITATION: MailText(
        subject="Choose your password",
        lead="You have a Videoflix account. Please choose a password for it, and the films are yours.",
        button="Choose a password",
        remark="If this tells you nothing, you need not do anything: without a password nobody can log in.",
        tag="RESET LINK",
    ),
    MailKind.RECOVERY: MailText(
        subject="Set a password and activate your account",
        lead="Somebody, probably you, asked for a new password. There is an account with your e-mail address, which "
        "was never activated. Please choose a password: this activates the account.",
        button="Choose a password",
        remark="The password of the registration, whether you or a stranger chose it, is no longer valid, and "
        "earlier activation links do not work any more. If you did not ask for this, you need not do anything: "
        "nobody can log in to this account.",
        tag="RESET LINK",
    ),
}

TEXT = Template("""$lead

$link

$remark
$life

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
<p style="margin:0;font-size:13px;color:#a8aebb">$remark $life</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
""")


def link(settings: Settings, kind: MailKind, uid: str, token: str) -> str:
    """The address of the frontend's page for this kind of mail."""
    path = {
        MailKind.ACTIVATION: settings.frontend_activation_path,
        MailKind.RESET: settings.frontend_password_reset_path,
        MailKind.INVITATION: settings.frontend_password_reset_path,
        MailKind.RECOVERY: settings.frontend_password_reset_path,
    }[kind]
    base = f"{settings.frontend_base_url}/{quote(path.lstrip('/'), safe='/.-_~')}"
    return f"{base}?{urlencode({'uid': uid, 'token': token})}"


def lifetime(settings: Settings, kind: MailKind) -> int:
    """How long a link is good, in seconds."""
    return {
        MailKind.ACTIVATION: settings.activation_token_lifetime,
        MailKind.RESET: settings.reset_token_lifetime,
        MailKind.INVITATION: settings.activation_token_lifetime,
        MailKind.RECOVERY: settings.reset_token_lifetime,
    }[kind]


def compose(settings: Settings, kind: MailKind, recipient: str, address: str) -> EmailMessage:
    """The mail, as text and as HTML, with its link. Raises MailRejected for a recipient that no server takes."""
    words = WORDS[kind]
    parts = {
        "subject": words.subject,
        "lead": words.lead,
        "button": words.button,
        "remark": words.remark,
        "life": f"The link is good for {_in_words(lifetime(settings, kind))}.",
        "link": address,
    }
    message = EmailMessage()
    sender = _sender(settings)
    try:
        message["To"] = deliverable_email(recipient)
    except InvalidInput as reason:
        raise MailRejected(reason.detail) from None
    message["From"] = sender
    message["Subject"] = words.subject
    message["Date"] = format_datetime(datetime.now(settings.time_zone))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(TEXT.substitute(parts))
    escaped = {name: html.escape(value) for name, value in parts.items()}
    message.add_alternative(HTML.substitute(escaped), subtype="html")
    return message


async def send(settings: Settings, kind: MailKind, message: EmailMessage, address: str) -> None:
    """Raises MailFailed with the reason; MailRejected if another try is no use."""
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
        raise _refusal(refused.recipients[0]) from refused
    except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError) as reason:
        raise _refusal(reason) from reason


def _refusal(reason: Exception) -> MailFailed:
    """A permanent answer (5yz, RFC 5321, 4.2.1) ends a mail if it is about the mail. One to our greeting or login, or
    one that wants a login first (530), is about the configuration: the mail waits until that is mended."""
    told = f"{type(reason).__name__}: {reason}"
    about_the_mail = (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
    if isinstance(reason, about_the_mail) and 500 <= reason.code < 600 and reason.code not in LOGIN_CODES:
        return MailRejected(told)
    return MailFailed(told)


def _print(kind: MailKind, message: EmailMessage, address: str) -> None:
    body = message.get_body(("plain",))
    assert body is not None
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    sys.stdout.write(f"{head}\n\n{body.get_content()}\n[{WORDS[kind].tag}] {address}\n")
    sys.stdout.flush()


def _sender(settings: Settings) -> str:
    """Files of existing installations hold a sender that is no address; the login then is one."""
    sender = settings.default_from_email
    return sender if "@" in sender or "@" not in settings.email_host_user else settings.email_host_user


def _in_words(seconds: int) -> str:
    for name, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
