"""The types that health fields imply, and their limits."""

import pytest

from tests.detect.refine.support import Answer, answer

HEALTH = "HEALTH_DATA"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ward,price,diagnosis\n3,10,asthma\n3,20,Severe persistent asthma\n", ["asthma", "Severe persistent asthma"]),
        ("dob,visits,diagnosis\n1980-02-01,3,plantar fasciitis\n1975-03-04,1,none\n", ["plantar fasciitis"]),
        ("ssn;primary_diagnosis\n219-09-9999;Morbus Bechterew\n", ["Morbus Bechterew"]),
        ("status\tcondition\nopen\ttype 2 diabetes\nopen\tasthma, mild eczema and gout\n", ["type 2 diabetes"]),
        ("patient,drug\nJane Roe,metformin 500 mg\n", ["metformin 500 mg"]),
        ('{"primary_diagnosis": "Severe asthma"}', ["Severe asthma"]),
        ('{"diagnoses": ["diabetes", "chronic migraine"]}', ["diabetes", "chronic migraine"]),
        ("<diagnosis>Chronic asthma</diagnosis>", ["Chronic asthma"]),
        ("medications:\n  - insulin\n  - water\n", ["insulin"]),
        ("Diagnosis: early-stage melanoma\n", ["early-stage melanoma"]),
    ],
)
def test_a_condition_in_a_field_of_health_is_found(text: str, expected: list[str]) -> None:
    assert [value for entity, value in answer(text) if entity == HEALTH] == expected


@pytest.mark.parametrize(
    "text",
    [
        "host,category,diagnosis\nweb1,disk,disk full\nweb2,fan,Overheated fan\n",
        "item,price,condition\nChair,10,Good\nLamp,20,As new\nDesk,30,minor depression on top\n",
        "dob,visits,diagnosis\n1980-02-01,3,none\n1980-02-01,3,Unknown\n1980-02-01,3,no known allergies\n",
        "dob,visits,condition\n1980-02-01,3,married\n",
        "part,price,treatment\nA,1,heat\nB,2,anti-rust\n",
        "diagnosis: connection refused\n",
        "problem: stroke width is wrong\n",
        '{"condition": "used", "treatment": "control", "disease": true}',
        "<condition>x > 3</condition>",
        "diagnosis = get_diagnosis(asthma)\n",
    ],
)
def test_a_benign_field_is_none(text: str) -> None:
    assert [found for found in answer(text) if found[0] == HEALTH] == []


def test_a_code_under_diagnosis_is_one() -> None:
    assert answer("mrn,dx\nAB12345,J45\nAB12346,E11.9\n")[1::2] == [("ICD10_CODE", "J45"), ("ICD10_CODE", "E11.9")]


def test_a_models_name_for_a_condition_yields() -> None:
    expected: Answer = [("DATE_OF_BIRTH", "1980-02-01"), (HEALTH, "Lupus")]
    assert answer("dob,visits,diagnosis\n1980-02-01,3,[[ORGANIZATION Lupus]]\n") == expected
