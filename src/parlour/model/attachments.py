"""Files that messages name, as members of a chat see them."""

from dataclasses import dataclass
from typing import Annotated

from parlour.engine.dto.declare import EMPTY_GUID, ApiMember, Guid, Long, namespace

PARLOUR = "Parlour"


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
