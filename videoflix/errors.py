"""What can go wrong in this domain. A class's docstring is the message that the client reads."""


class VideoflixError(Exception):
    """Something went wrong."""

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.__doc__)
        self.detail = str(self)


class InvalidInput(VideoflixError):
    """Please check your inputs and try again."""


class InvalidFields(InvalidInput):
    """Please check your inputs and try again."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


class InvalidResetLink(InvalidInput):
    """Invalid or expired reset link."""


class WrongPassword(InvalidInput):
    """The password is wrong."""


class LastAdmin(VideoflixError):
    """This is the last administrator; make somebody else one first."""


class AccountDisabled(VideoflixError):
    """This account is disabled. Enable it first."""


class AlreadyActive(VideoflixError):
    """This account is active already."""


class InTheMaking(VideoflixError):
    """A version of this film is in the making; please wait until it is ready."""


class CannotRetry(VideoflixError):
    """Nothing of this film has failed."""


class TooManyFollowers(VideoflixError):
    """Too many people follow the making of films just now. Please try again later."""


class TooMany(VideoflixError):
    """Too many attempts. Please try again later."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooManyStreams(TooMany):
    """This login follows as many films as it may at the same time. Please close one of them first."""


class MailRefused(VideoflixError):
    """The mail could not be sent."""


class MailRejected(MailRefused):
    """The mail cannot be sent, now or later."""


class Unauthenticated(VideoflixError):
    """Authentication credentials were not provided or are no longer valid."""


class WrongCredentials(Unauthenticated):
    """No active account found with the given credentials."""


class InvalidRefreshToken(Unauthenticated):
    """Invalid refresh token."""


class Forbidden(VideoflixError):
    """You do not have permission to perform this action."""


class CrossSite(Forbidden):
    """This request comes from another site that is not trusted here."""


class ForeignHost(VideoflixError):
    """This server does not answer under that host name (see ALLOWED_HOSTS)."""


class NotFound(VideoflixError):
    """Not found."""


class AccountExists(VideoflixError):
    """An account with this e-mail address exists already."""


class DatabaseUnavailable(VideoflixError):
    """The database does not answer. Please try again in a moment."""


class QueueUnavailable(VideoflixError):
    """The job queue does not answer. The work is recorded and starts when it is back."""


class StorageUnavailable(VideoflixError):
    """The storage takes nothing at the moment. Please try again later."""


class DiskFull(StorageUnavailable):
    """There is not enough room left on the disk."""


class OriginalGone(VideoflixError):
    """The original was removed when the film was complete. To make the film anew, bring it in again."""


class NotAFilm(VideoflixError):
    """This file cannot become a film."""


class KnownFilm(NotAFilm):
    """This film is in the library already."""


class NotAPicture(NotAFilm):
    """This file cannot become a picture: it is no JPEG, PNG or WebP."""


class UploadGone(VideoflixError):
    """This upload was called off, or has expired."""


class UploadBusy(VideoflixError):
    """Somebody else is sending this upload just now."""


class WrongVersion(VideoflixError):
    """This server speaks version 1.0.0 of the tus protocol: please send Tus-Resumable: 1.0.0."""


class WrongBody(VideoflixError):
    """The bytes of a film come with Content-Type: application/offset+octet-stream."""


class PackedBody(VideoflixError):
    """This server takes no compressed bodies. Please send it as it is, without Content-Encoding."""


class WrongOffset(VideoflixError):
    """The upload does not go on at this offset."""


class TooLarge(VideoflixError):
    """This is larger than an upload may be."""


class WrongChecksum(VideoflixError):
    """The bytes that have arrived are not those of the checksum."""


class NotCaptions(VideoflixError):
    """This file cannot become subtitles."""


class NotADescription(VideoflixError):
    """This file does not describe a film."""


class EncodeFailed(VideoflixError):
    """The film could not be encoded."""


class CannotRun(EncodeFailed):
    """ffmpeg cannot be run, or does not come to an end; that says nothing about the film."""


class EmbeddedError(VideoflixError):
    """A private service cannot be set up."""


class MigrationFailed(VideoflixError):
    """The database's schema cannot be brought up to date."""


class NotYet(VideoflixError):
    """This has to wait for something else."""


class ClaimLost(VideoflixError):
    """The job was taken away: its film is deleted, or another worker has it."""
