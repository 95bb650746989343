"""The errors of Videoflix. The docstring of a class is the message that the client gets."""


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


class InvalidInvitation(InvalidInput):
    """This invitation is not valid. Please ask for a new invitation."""


class WrongPassword(InvalidInput):
    """The password is wrong."""


class WrongPin(InvalidInput):
    """The PIN is wrong."""


class TooManyProfiles(InvalidInput):
    """This account has the maximum number of profiles."""


class FirstProfile(InvalidInput):
    """The first profile belongs to the account: it stays, and is that of an adult."""


class WrongCode(InvalidInput):
    """The code is wrong, has expired or was used already. Please wait for the next one."""


class ClocksDiffer(WrongCode):
    """The clock of your device differs from that of this server. Please have both set automatically."""


class SetupExpired(InvalidInput):
    """The set-up took too long. Please start it again."""


class HasSecondFactor(VideoflixError):
    """This account has a second factor already. Please turn it off first."""


class InvalidPasskey(InvalidInput):
    """This passkey could not be verified. Please try again."""


class PasskeysUnavailable(InvalidInput):
    """Passkeys need an address with a host name and HTTPS, or localhost."""


class TooManyPasskeys(InvalidInput):
    """This account has the maximum number of passkeys."""


class UnknownDevice(InvalidInput):
    """This code is wrong or has expired. Please compare it with the television."""


class PairingError(InvalidInput):
    """This device cannot be logged in."""

    error: str  # as RFC 8628 names it


class AuthorizationPending(PairingError):
    """This device was not confirmed yet."""

    error = "authorization_pending"


class SlowDown(PairingError):
    """This device was not confirmed yet. Please ask five seconds less often."""

    error = "slow_down"


class ExpiredToken(PairingError):
    """The code of this device is unknown, was used already or has expired."""

    error = "expired_token"


class AccessDenied(PairingError):
    """This device was refused."""

    error = "access_denied"


class UnsupportedGrantType(PairingError):
    """Only device codes are supported."""

    error = "unsupported_grant_type"


class LastAdmin(VideoflixError):
    """This is the last administrator. Please make another user an administrator first."""


class AccountDisabled(VideoflixError):
    """This account is disabled. Please enable it first."""


class AlreadyActive(VideoflixError):
    """This account is already active."""


class EncodeInProgress(VideoflixError):
    """This film is being encoded. Please wait until it is ready."""


class DurationUnknown(VideoflixError):
    """The duration of this film is not known yet."""


class CannotRetry(VideoflixError):
    """No part of this film has failed."""


class TooManySubscribers(VideoflixError):
    """Too many clients are following the progress of films. Please try again later."""


class TooManyRequests(VideoflixError):
    """Too many attempts. Please try again later."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class TooManyStreams(TooManyRequests):
    """This session follows the maximum number of films. Please close one of them first."""


class MailFailed(VideoflixError):
    """The mail could not be sent."""


class MailRejected(MailFailed):
    """The mail server rejected the mail permanently."""


class Unauthenticated(VideoflixError):
    """Authentication credentials were not provided or are no longer valid."""


class WrongCredentials(Unauthenticated):
    """No active account found with the given credentials."""


class CodeRequired(Unauthenticated):
    """Please send the code of your authenticator app as well."""


class WrongLoginCode(Unauthenticated):
    """The code is wrong, has expired or was used already. Please wait for the next one."""


class WrongPasskey(Unauthenticated):
    """This passkey is not known here, or could not be verified."""


class LoginExpired(Unauthenticated):
    """The login took too long. Please log in again."""


class InvalidRefreshToken(Unauthenticated):
    """Invalid refresh token."""


class Forbidden(VideoflixError):
    """You do not have permission to perform this action."""


class StatisticsOff(Forbidden):
    """The statistics are switched off on this server (WATCH_STATISTICS)."""


class ProfileRequired(Forbidden):
    """Please choose a profile first."""


class AdultRequired(Forbidden):
    """The profile of a child cannot do this. Please choose the profile of an adult."""


class PinRequired(Forbidden):
    """Please send the PIN of this profile, or the password of the account."""


class SecondFactorRequired(Forbidden):
    """Administrators of this server need a second factor. Please set it up in your account."""


class InvitationRequired(Forbidden):
    """You need an invitation to register. Please ask the administrator of this server for a link."""


class RegistrationClosed(Forbidden):
    """Registration is closed. Please ask the administrator of this server for an account."""


class CrossSite(Forbidden):
    """Requests from this site are not allowed."""


class DisallowedHost(VideoflixError):
    """This host name is not allowed (see ALLOWED_HOSTS)."""


class NotFound(VideoflixError):
    """Not found."""


class InvalidGuestLink(NotFound):
    """This link is not valid any more. Please ask for a new one."""


class AccountExists(VideoflixError):
    """An account with this e-mail address already exists."""


class DatabaseUnavailable(VideoflixError):
    """The database does not answer. Please try again in a moment."""


class SourceUnreadable(VideoflixError):
    """The database to import from cannot be read."""


class QueueUnavailable(VideoflixError):
    """The job queue does not answer. The job is recorded and starts when the queue is available again."""


class StorageUnavailable(VideoflixError):
    """The storage cannot be written at the moment. Please try again later."""


class StoreUnavailable(StorageUnavailable):
    """The storage does not answer at the moment. Please try again later."""


class DiskFull(StorageUnavailable):
    """There is not enough space left on the disk. Please delete videos, or make room otherwise."""


class OriginalRemoved(VideoflixError):
    """The original file of this film was removed. Please upload it again to encode the film again."""


class NotAFilm(VideoflixError):
    """This file is not a film that can be encoded."""


class DuplicateFilm(NotAFilm):
    """This film is already in the library."""

    def __init__(self, detail: str, video_id: int) -> None:
        super().__init__(detail)
        self.video_id = video_id


class NotAnImage(NotAFilm):
    """This file is not a JPEG, PNG or WebP image."""


class UploadClosed(VideoflixError):
    """This upload was canceled or has expired."""


class UploadBusy(VideoflixError):
    """Another request is sending data to this upload."""


class UnsupportedTusVersion(VideoflixError):
    """This server supports version 1.0.0 of the tus protocol. Please send Tus-Resumable: 1.0.0."""


class WrongContentType(VideoflixError):
    """Please send the data of an upload with Content-Type: application/offset+octet-stream."""


class CompressedBody(VideoflixError):
    """Compressed bodies are not supported. Please send the body without Content-Encoding."""


class OffsetMismatch(VideoflixError):
    """Upload-Offset does not match the offset of the upload."""


class TooLarge(VideoflixError):
    """This file is larger than the maximum size of an upload."""


class ChecksumMismatch(VideoflixError):
    """The received data does not match the checksum."""


class InvalidCaptions(VideoflixError):
    """This file does not contain captions that can be read."""


class InvalidMetadata(VideoflixError):
    """This file does not contain metadata of a film."""


class EncodeFailed(VideoflixError):
    """The film could not be encoded."""


class CopyFailed(VideoflixError):
    """The video of the original could not be copied; it can still be encoded."""


class FfmpegUnavailable(VideoflixError):
    """ffmpeg cannot be run or does not terminate; the film may still be valid."""


class EmbeddedError(VideoflixError):
    """An embedded service cannot be set up."""


class MigrationFailed(VideoflixError):
    """The database schema cannot be migrated."""


class BackupError(VideoflixError):
    """The backup cannot be made or restored."""


class NotReady(VideoflixError):
    """This job has to wait until another one is done."""


class ClaimLost(VideoflixError):
    """The claim on this job was lost: its film was deleted, or another worker has claimed it."""
