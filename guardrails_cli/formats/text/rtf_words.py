"""The control words of RTF that matter for its text (Rich Text Format Specification 1.9.1)."""

from guardrails_cli.formats.prose import FIELD

SYMBOLS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "column": "\n",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
"""Words that are a character."""
PARTS = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    "footnote": "footnote",
    "annotation": "comment",
    "shptxt": "text box",
    "dptxbxtext": "text box",
}
"""Destinations that hold paragraphs, and their part names."""
PROPERTIES = {
    "title": "title: ",
    "subject": "subject: ",
    "author": "author: ",
    "manager": "manager: ",
    "company": "company: ",
    "operator": "last modified by: ",
    "category": "category: ",
    "keywords": "keywords: ",
    "comment": "comment: ",
    "doccomm": "comment: ",
    "hlinkbase": "link base: ",
    "propname": "property: ",
    "staticval": "value: ",
    "linkval": "value: ",
}
"""Destinations of the document's properties, and their labels."""
ASIDES = {
    "fldinst": FIELD,
    "atnauthor": "author",
    "revtbl": "author",
    "docvar": "variable",
    "xe": "index entry",
    "tc": "index entry",
    "ffdeftext": "form field",
    "ffname": "form field",
    "ffl": "form field",
    "ffhelptext": "form field",
    "ffstattext": "form field",
    "mmconnectstr": "mail merge",
    "mmquery": "mail merge",
}
"""Destinations that hold one value, and its part name."""
SHAPE_TEXTS = frozenset({"wzDescription", "wzTooltip", "gtextUNICODE", "pihlShape", "hyperlink"})
"""Properties of shapes that are text."""
_SILENT = """
fonttbl colortbl stylesheet listtable listoverridetable listtext pntext rsidtbl generator themedata datastore
colorschememapping latentstyles xmlnstbl panose falt fontemb fontfile filetbl leveltext levelnumbers mmathPr
wgrffmtfilter blipuid bliptag picprop atnid atndate atnref atnparent atrfstart atrfend bkmkstart bkmkend datafield
nonshppict shprslt nesttableprops nonesttables pgptbl pgp revtim creatim printim buptim objclass objname objalias
objsect protusertbl passwordhash password writereservhash
"""
SILENT = frozenset(_SILENT.split())
"""Destinations without text, or that repeat another one for older readers."""
CODE_PAGES = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "cp936",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp437",
}
"""Python's codec by a font's character set."""


def native(data: bytes) -> bytes:
    """Return the content of an OLE 1.0 object ([MS-OLEDS] 2.2.5), or all bytes if it is not one."""
    at = 8
    for _ in range(3):
        length = int.from_bytes(data[at : at + 4], "little")
        at += 4 + length
        if at > len(data):
            return data
    size = int.from_bytes(data[at : at + 4], "little")
    return data[at + 4 : at + 4 + size] or data


def codec(name: str) -> str:
    """Return the Python codec of an RTF character set, Windows-1252 for an unknown one."""
    try:
        "".encode(name)
    except LookupError:
        return "utf-8" if name == "cp65001" else "cp1252"
    return name
