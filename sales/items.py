"""The items of a sale: derived from their number, so that ten million of them take no room.

name_of       "Amber Heron 1001": a name that people can say to each other
picture_of    an SVG drawn from (sale, number): the same everywhere, for ever
"""

from __future__ import annotations

import hashlib
from uuid import UUID

_COLOURS = ("Amber", "Brass", "Cedar", "Coral", "Ebony", "Flint", "Garnet", "Hazel", "Indigo", "Ivory", "Jade", "Maple",
            "Ochre", "Onyx", "Pearl", "Rowan", "Russet", "Sable", "Slate", "Topaz")  # fmt: skip
_BIRDS = ("Avocet", "Bittern", "Curlew", "Dipper", "Dunlin", "Egret", "Falcon", "Finch", "Godwit", "Heron", "Ibis",
          "Jackdaw", "Kestrel", "Lapwing", "Martin", "Osprey", "Plover", "Siskin", "Swift", "Wren")  # fmt: skip
_HUES = 360
_FEATHERS = 7
_BAGUETTE = 1789


def name_of(number: int) -> str:
    """The item's name. Neighbours differ in both words."""
    if number == _BAGUETTE:
        return f"Golden Baguette {number}"
    colour = _COLOURS[number * 7 % len(_COLOURS)]
    bird = _BIRDS[(number * 3 + number // len(_COLOURS)) % len(_BIRDS)]
    return f"{colour} {bird} {number}"


def picture_of(*, sale_id: UUID, number: int, side: int = 160) -> str:
    """An SVG of rings and feathers, seeded by the sale and the number. Nothing in it comes from outside."""
    seed = hashlib.sha256(sale_id.bytes + number.to_bytes(8)).digest()
    hue = int.from_bytes(seed[:2]) % _HUES
    middle = side // 2
    rings = "".join(
        f'<circle cx="{middle}" cy="{middle}" r="{middle * (5 - ring) // 6}" fill="none"'
        f' stroke-width="{2 + seed[ring] % 5}" stroke="hsl({(hue + ring * 23) % _HUES} 42% {38 + ring * 9}%)"/>'
        for ring in range(4)
    )
    feathers = "".join(
        f'<path d="M{middle} {middle}q{6 + byte % 14} {-middle // 2} 0 {-middle * (70 + byte % 28) // 100}'
        f'q{-6 - byte % 14} {middle // 3} 0 {middle * (70 + byte % 28) // 100}z"'
        f' fill="hsl({(hue + 150 + byte % 40) % _HUES} 38% 52% / 0.72)"'
        f' transform="rotate({index * 360 // _FEATHERS + byte % 20} {middle} {middle})"/>'
        for index, byte in enumerate(seed[4 : 4 + _FEATHERS])
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img"'
        f' aria-label="{name_of(number)}">'
        f'<rect width="{side}" height="{side}" rx="8" fill="hsl({hue} 28% 94%)"/>{rings}{feathers}</svg>'
    )
