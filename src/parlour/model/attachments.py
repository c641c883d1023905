"""Files that messages name: uploading, showing and deleting them."""

from dataclasses import dataclass, field
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    ApiMember,
    Files,
    Guid,
    Long,
    answers_with,
    namespace,
    requires_authentication,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.http.uploads import UploadedFile
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Attachment:
    """A file that was uploaded for a message."""

    attachment_id: Annotated[Guid, ApiMember("The id, which `SendMessage` takes.")] = EMPTY_GUID
    file_name: Annotated[str | None, ApiMember("The name that its sender gave it, without a path.")] = None
    media_type: Annotated[
        str | None, ApiMember("The type that its bytes have. `application/octet-stream` unless it can be shown.")
    ] = None
    size: Annotated[Long, ApiMember("The size in bytes.")] = 0
    width: Annotated[int | None, ApiMember("The width of an image in pixels, as it is shown.")] = None
    height: Annotated[int | None, ApiMember("The height of an image in pixels, as it is shown.")] = None
    state: Annotated[
        str | None, ApiMember("`ready`, `checking` until the scanner has checked it, or `refused` by the scanner.")
    ] = None
    has_preview: Annotated[bool, ApiMember("Whether there is a small picture of it.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class AttachmentResponse:
    """One file."""

    attachment: Annotated[Attachment | None, ApiMember("The file.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Attachment", "POST")
@tag("Attachments")
@requires_authentication()
@returns(AttachmentResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class UploadAttachment:
    """Uploads one file of a multipart form. A message can then name it.

    A file that no message names is deleted after a day. Large files can be resumed if they are uploaded by the tus
    protocol, at `/v1/Uploads`.
    """

    files: Annotated[list[UploadedFile], Files()] = field(default_factory=list)


@route("/v1/Attachment/{AttachmentId}", "GET")
@tag("Attachments")
@requires_authentication()
@returns(AttachmentResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetAttachment:
    """Describes a file, for members of a chat with a message that names it.

    Before a message names it, only the person who uploaded it may see it.
    """

    attachment_id: Annotated[Guid, ApiMember("The file.")] = EMPTY_GUID


@route("/v1/Attachment/{AttachmentId}", "DELETE")
@tag("Attachments")
@requires_authentication()
@answers_with("The file is deleted. The answer is empty.")
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class DeleteAttachment:
    """Deletes an uploaded file that no message names. Otherwise delete the message."""

    attachment_id: Annotated[Guid, ApiMember("The file.")] = EMPTY_GUID


@route("/v1/Attachment/{AttachmentId}/Content", "GET")
@tag("Attachments")
@requires_authentication()
@returns(bytes)
@answers_with("The bytes of the file, or the part that a `Range` header asks for.")
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetAttachmentContent:
    """Returns the bytes of a file. Browsers may show images, sound and films, and download everything else."""

    attachment_id: Annotated[Guid, ApiMember("The file.")] = EMPTY_GUID
    is_download: Annotated[bool, ApiMember("Whether browsers shall always download it.")] = False


@route("/v1/Attachment/{AttachmentId}/Preview", "GET")
@tag("Attachments")
@requires_authentication()
@returns(bytes)
@answers_with("The preview, as WebP.")
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetAttachmentPreview:
    """Returns a small picture of an image that has one, without the place where it was taken."""

    attachment_id: Annotated[Guid, ApiMember("The image.")] = EMPTY_GUID
