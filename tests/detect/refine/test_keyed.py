"""Keys and values of people in the forms in which formats put them apart."""

import pytest

from guardrails_cli.core.text import Layout, Location, Mark
from guardrails_cli.detect.refine import refine
from tests.detect.refine.support import Answer, answer

NAME, SSN = "Harriet Oyelaran", "219099997"
BOTH: Answer = [("PERSON", NAME), ("US_SSN", SSN)]
FORMS = {
    "JSON": f'{{"full_name": "{NAME}", "ssn": "{SSN}"}}',
    "escaped JSON": f'{{\\"full_name\\": \\"{NAME}\\", \\"ssn\\": \\"{SSN}\\"}}',
    "properties": f"customer.full_name={NAME}\ncustomer.ssn = {SSN}\n",
    "camel case": f"customerFullName: {NAME}\ncustomerSsn: {SSN}\n",
    "lines with tabs": f"Full name\t{NAME}\nSSN\t{SSN}\n",
    "lines with bars": f"| Full name | {NAME} |\n| SSN | {SSN} |\n",
    "lines with commas": f"Full name,{NAME}\nSSN,{SSN}\n",
    "questions": f'{{"question": "Full name", "answer": "{NAME}"}}, {{"fieldName": "SSN", "fieldValue": "{SSN}"}}',
    "XML elements": f"<p:fullName>{NAME}</p:fullName><ssn>{SSN}</ssn>",
    "XML value attributes": f'<fullName value="{NAME}"/><ssn value="{SSN}"/>',
    "plist": f"<key>FullName</key>\n<string>{NAME}</string>\n<key>SSN</key>\n<string>{SSN}</string>\n",
    "definition list": f"<dt>Full name</dt><dd>{NAME}</dd><dt>SSN:</dt><dd>{SSN}</dd>",
    "table rows": f"<tr><th>Full name</th><td>{NAME}</td></tr><tr><th>SSN</th> <td>{SSN}</td></tr>",
    "form": f'<label>Full name</label> <input value="{NAME}"><label>SSN</label><input type=text value="{SSN}">',
    "inputs": f'<input name="full_name" value="{NAME}"><input name="ssn" type="hidden" value="{SSN}">',
    "YAML": f"- name: full_name\n  value: {NAME}\n- name: SSN\n  value: '{SSN}'\n",
    ".NET": f'<add key="FullName" value="{NAME}"/>\n<add key="Ssn" value="{SSN}" />',
    "Terraform state": (
        f'{{"full_name": {{"value": "{NAME}", "type": "string"}}, '
        f'"ssn": {{"type": "string", "sensitive": true, "value": "{SSN}"}}}}'
    ),
    "Terraform": f'output "full_name" {{\n  value = "{NAME}"\n}}\nvariable "ssn" {{\n  default = "{SSN}"\n}}\n',
    "Postman": f'[{{"key": "full_name", "value": "{NAME}"}}, {{"key": "ssn", "value": "{SSN}", "type": "secret"}}]',
    "ECS": (
        f'"environment": [\n{{\n"name": "FULL_NAME",\n"value": "{NAME}"\n}},\n{{\n"name": "SSN",\n"value": "{SSN}"\n}}]'
    ),
    "Kubernetes": f'    env:\n    - name: FULL_NAME\n      value: {NAME}\n    - name: SSN\n      value: "{SSN}"\n',
}


@pytest.mark.parametrize("form", FORMS)
def test_a_persons_values_are_found_by_their_keys(form: str) -> None:
    assert answer(FORMS[form]) == BOTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"name": [{"family": "Oyelaran", "given": ["Harriet", "Ada"]}]}',
            [("PERSON", "Oyelaran"), ("PERSON", "Harriet"), ("PERSON", "Ada")],
        ),
        (
            '<name><family value="Oyelaran"/><given value="Harriet"/></name>',
            [("PERSON", "Oyelaran"), ("PERSON", "Harriet")],
        ),
        ('{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "219099997"}', [("US_SSN", "219099997")]),
        ('{\n "value": "219099997",\n "system": "http://hl7.org/fhir/sid/us-ssn"\n}', [("US_SSN", "219099997")]),
        ('<system value="http://hl7.org/fhir/sid/us-ssn"/>\n <value value="219099997"/>', [("US_SSN", "219099997")]),
        ('{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1245319599"}', [("US_NPI", "1245319599")]),
        ('{"font": {"family": "Helvetica"}}', []),
        ('{"system": "http://example.org/sid/order", "value": "219099997"}', []),
    ],
)
def test_a_resource_of_fhir_speaks_by_system_and_name(text: str, expected: Answer) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "SSN", "label": "Social security number"}',
        "the first name: Press Enter",
        'print("name", "Widget Factory")',
        "name is Hartwell",
    ],
)
def test_a_key_says_nothing_in_prose_or_of_another_key(text: str) -> None:
    assert answer(text) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Name,Samuel Oyelaran", [("PERSON", "Samuel Oyelaran")]),
        ("Applicant SSN:,219099997", [("US_SSN", "219099997")]),
        ("Address,12 Erewhon Street", [("LOCATION", "12 Erewhon Street")]),
        ("Name,Blue Chair", []),
        ("Address,0x7fff", []),
        (",Name,Samuel Oyelaran", [("PERSON", "Samuel Oyelaran")]),
    ],
)
def test_the_first_cell_of_a_form_names_the_second(row: str, expected: Answer) -> None:
    found = refine(row, [], layout=Layout(","), marks=[Mark(0, Location(row=1))])
    assert [(each.entity_type, row[each.start : each.end]) for each in found] == expected


def test_a_row_that_only_people_have_makes_a_form_a_persons() -> None:
    text = "Name,Harriet Oyelaran\nPhone number,(202) 555-0143\n"
    marks = [Mark(0, Location(row=1)), Mark(text.index("Phone"), Location(row=2))]
    found = refine(text, [], layout=Layout(","), marks=marks)
    assert [each.entity_type for each in found] == ["PERSON", "PHONE_NUMBER"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "Samuel Oyelaran"}', [("PERSON", "Samuel Oyelaran")]),
        ('{"name": "Oyelaran Nkechi", "email": "x"}', [("PERSON", "Oyelaran Nkechi")]),
        ("cell: 202-555-0143", [("PHONE_NUMBER", "202-555-0143")]),
        ('{"name": "Component Pascal", "type": "language"}', []),
        ('{"author": "The Widget Developers"}', []),
    ],
)
def test_a_name_that_things_have_too_needs_evidence(text: str, expected: Answer) -> None:
    assert answer(text) == expected


def test_a_key_beats_a_soft_type_of_the_same_value() -> None:
    assert answer('{"question": "Date of birth", "answer": "[[DATE_TIME 12/25/1974]]"}') == [
        ("DATE_OF_BIRTH", "12/25/1974")
    ]
