"""Which answers are S3's."""

from collections.abc import Mapping

import pytest

from sqsd_adapters.invoker.envelope.errors import StoreUnavailable
from sqsd_adapters.invoker.envelope.s3.genuine import demand_buckets, demand_deletions, demand_object


def answer(**headers: str) -> Mapping[str, object]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"ResponseMetadata": {"HTTPHeaders": named}}


@pytest.mark.parametrize(
    "answer",
    [
        answer(etag='"1"'),
        answer(etag='"1"', content_type="application/json"),
        answer(etag='"1"', content_type="text/html", x_amz_request_id="1"),
        answer(etag='W/"1"', x_amz_id_2="1"),
    ],
)
def test_an_object_has_an_etag_and_is_a_page_only_where_s3_says_so(answer: Mapping[str, object]) -> None:
    demand_object(answer)


@pytest.mark.parametrize(
    "answer",
    [
        answer(),
        answer(content_type="application/octet-stream"),
        answer(x_amz_request_id="1"),
        answer(etag='"1"', content_type="text/html; charset=utf-8"),
        answer(etag='"1"', content_type="text/html", x_amz_cf_id="of a CDN"),
        answer(etag='W/"1"', content_type="application/json"),
    ],
)
def test_what_a_proxy_or_an_api_answers_is_no_object(answer: Mapping[str, object]) -> None:
    with pytest.raises(StoreUnavailable, match="does a proxy answer in its place"):
        demand_object(answer)


def test_each_key_is_deleted_or_refused() -> None:
    demand_deletions({"Deleted": [{"Key": "a"}], "Errors": [{"Key": "b", "Code": "AccessDenied"}]}, ["a", "b"])


@pytest.mark.parametrize("answer", [{}, {"Deleted": None}, {"Deleted": [{"Key": "a"}]}])
def test_an_answer_that_passes_over_a_key_has_deleted_nothing_for_certain(answer: Mapping[str, object]) -> None:
    with pytest.raises(StoreUnavailable):
        demand_deletions(answer, ["a", "b"])


def test_a_list_of_buckets_has_its_parts() -> None:
    demand_buckets({"Buckets": []})
    with pytest.raises(StoreUnavailable):
        demand_buckets({"ResponseMetadata": {}})
