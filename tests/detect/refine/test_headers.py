"""A long table's header travels with its chunks."""

from guardrails_cli.core.codec import decode_chunk, encode_chunk
from guardrails_cli.detect.chunks import split

HEADER = "id,name,city,phone"
TABLE = HEADER + "\n" + "7,Jane,Springfield,(217) 555-0142\n" * 4000


def test_the_first_chunk_begins_the_document_and_the_others_carry_its_header() -> None:
    first, *others = split(TABLE)
    assert first.header is None
    assert others
    assert {chunk.header for chunk in others} == {HEADER}


def test_a_document_without_a_table_has_no_header() -> None:
    assert {chunk.header for chunk in split("word " * 40_000) if chunk.start} == {""}


def test_the_header_travels_in_a_message() -> None:
    for chunk in split(TABLE):
        assert decode_chunk(encode_chunk(chunk)) == chunk
