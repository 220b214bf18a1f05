"""Decodes images with Pillow, a decoder that shares no code with ours: one JSON list of {input, page, output} on standard input.

Each output is the size in one line, then RGBA of 8 bits: upright, in sRGB, with relative colorimetry as far as profiles differ.
"""

import io
import json
import sys

from PIL import Image, ImageCms, ImageOps

srgb = ImageCms.createProfile("sRGB")


def to_srgb(image):
    icc = image.info.get("icc_profile")
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 257).convert("L")
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    colours = image if image.mode in ("CMYK", "L") else image.convert("RGB")
    if icc and colours.mode != "L":
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        colours = ImageCms.profileToProfile(colours, profile, srgb, outputMode="RGB")
    result = colours.convert("RGBA")
    if alpha is not None:
        result.putalpha(alpha)
    return result


def upright(image):
    image.load()
    # Pillow turns a TIFF by itself while it loads it.
    return image if image.format == "TIFF" else ImageOps.exif_transpose(image)


for job in json.load(sys.stdin):
    image = Image.open(job["input"])
    image.seek(job["page"])
    shown = to_srgb(upright(image))
    with open(job["output"], "wb") as output:
        output.write(f"{shown.width} {shown.height}\n".encode() + shown.tobytes())
