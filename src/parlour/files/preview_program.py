"""The process that makes one preview: reads an image from standard input, and writes a WebP to standard output.

It limits itself before it reads anything. So an image that was made to attack a decoder harms only this process.
"""

import resource
import sys
import warnings

FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}


def main(media_type: str, most_pixels: int, longest_side: int, memory: int, seconds: int) -> None:
    """Writes the preview. Raises for an image that cannot be read within the limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # It writes no files.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = most_pixels
    # Pillow only warns of an image that is up to twice as large.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    # Standard input is the file itself, so it can be read at any place. Of an animation the first frame is shown.
    with Image.open(sys.stdin.buffer, formats=[FORMATS[media_type]]) as image:
        # A photo is decoded at a smaller size if possible.
        image.draft("RGB", (longest_side * 2, longest_side * 2))
        turned = ImageOps.exif_transpose(image)
        turned.thumbnail((longest_side, longest_side))
        plain = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
        # Only the pixels are copied, and neither place, time nor camera.
        preview = Image.new(plain.mode, plain.size)
        preview.paste(plain)
        preview.save(sys.stdout.buffer, "WEBP", quality=80)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
