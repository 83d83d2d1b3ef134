"""The exporter before services of emission factors that are well, refuse, change, hang and flood."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator

import pytest

import metrics
from emission_services import ElectricityMaps, EmissionService, Rte, WattTime
from exporter import Exporter

PROVIDERS = {"rte": Rte, "emaps": ElectricityMaps, "wt": WattTime}


class EmissionsExporter(Exporter):
    def __init__(self, directory: pathlib.Path, services: dict[str, EmissionService], *flags: str, **environment: str):
        urls = {"__RTE_BASE_URL": services["rte"].url, "__EMAPS_BASE_URL": services["emaps"].url + "/v3", "__WT_BASE_URL": services["wt"].url}
        self.launch(directory, "--collector.disable-defaults", "--collector.emissions", "--collector.emissions.interval=200ms", *flags,
                    environment={**urls, **environment})

    def wait(self, what: str, condition: Callable[[str], bool]) -> str:
        return self.scrape_when(condition, what)

    def log(self) -> str:
        return self.daemon.log.read_text()


CREDENTIALS = {"EMAPS_API_TOKEN": ElectricityMaps.token, "WT_USERNAME": WattTime.user, "WT_PASSWORD": WattTime.password, "WT_REGION": WattTime.region}


@pytest.fixture
def services() -> Iterator[dict[str, EmissionService]]:
    made = {name: kind() for name, kind in PROVIDERS.items()}
    yield made
    for service in made.values():
        service.close()


@pytest.fixture
def start(directory, services):
    with contextlib.ExitStack() as stack:
        def go(*flags: str, **environment: str) -> EmissionsExporter:
            exporter = EmissionsExporter(directory, services, *flags, **environment)
            stack.callback(exporter.daemon.stop)
            return exporter
        yield go


def factor(page: str, provider: str, code: str) -> float:
    return metrics.value(page, "ceems_emissions_gCo2_kWh", provider=provider, country_code=code)


def has(provider: str) -> Callable[[str], bool]:
    return lambda page: f'provider="{provider}",provider_name' in page.split("ceems_emissions_provider_info")[0]


def errors(page: str, provider: str) -> float:
    return metrics.value(page, "ceems_exporter_source_errors_total", source=f"emissions-{provider}")


def all_there(exporter: EmissionsExporter) -> str:
    return exporter.wait("factors of all", lambda page: all(has(provider)(page) for provider in PROVIDERS))


def test_every_provider_tells_its_factors(start, services):
    page = all_there(start(**CREDENTIALS))
    assert factor(page, "rte", "FR") == 33
    assert factor(page, "emaps", "FR") == 45
    assert factor(page, "emaps", "US-CAL-CISO") == 210.5
    assert abs(factor(page, "wt", "CAISO_NORTH") - 453.592) < 1e-9
    assert factor(page, "global", "ZZ") > 0 and factor(page, "owid", "FR") > 0
    assert 'country="USA California",country_code="US-CAL-CISO"' in page
    assert metrics.value(page, "ceems_emissions_estimated", provider="emaps", country_code="DE") == 1
    assert 1190 < metrics.value(page, "ceems_emissions_age_seconds", provider="rte", country_code="FR") < 1300
    assert 'provider="wt",provider_name="Watt Time",scope="direct",signal="marginal"} 1' in page
    for service in services.values():
        assert all(agent.startswith("ceems_exporter/") for agent in service.agents)


def test_without_credentials_the_others_are_there(start):
    exporter = start()
    page = exporter.wait("RTE's factor", has("rte"))
    assert 'provider="emaps"' not in page and 'provider="wt"' not in page
    assert "EMAPS_API_TOKEN is not set" in exporter.log()


def test_zones_can_be_chosen(start):
    page = start("--collector.emissions.provider=emaps", "--collector.emissions.emaps-zone=DE", **CREDENTIALS).wait("Germany", has("emaps"))
    assert 'country_code="DE"' in page and 'country_code="FR"' not in page and "owid" not in page


@pytest.mark.parametrize("broken", PROVIDERS)
@pytest.mark.parametrize("fault", ["drift", "garbage", "half", "error", "unauthorized", "hang-up", "limited", "flood"])
def test_a_broken_provider_costs_itself_only_and_keeps_its_last_factor(start, services, broken, fault):
    exporter = start(**CREDENTIALS)
    before = all_there(exporter)
    if fault in ("drift", "limited", "flood"):
        services[broken].fault = fault
    else:
        services[broken].mode = fault
    page = exporter.wait("errors", lambda page: errors(page, broken) >= 2)
    others = [provider for provider in PROVIDERS if provider != broken]
    for provider in others:
        assert errors(page, provider) == 0
    codes = {"rte": "FR", "emaps": "FR", "wt": "CAISO_NORTH"}
    for provider, code in codes.items():
        assert factor(page, provider, code) == factor(before, provider, code)
    services[broken].fault, services[broken].mode = "", "pass"
    exporter.wait("the end of errors", lambda page: f'msg="a provider of emission factors is well again" provider={broken}' in exporter.log())
    # Once when it began, however often it failed.
    assert exporter.log().count("a provider of emission factors fails") == 1
    for secret in (ElectricityMaps.token, WattTime.password, "token-1"):
        assert secret not in exporter.log()


def test_a_provider_that_hangs_holds_up_no_scrape_and_no_stop(start, services):
    for service in services.values():
        service.fault = "hang"
    exporter = start(**CREDENTIALS)
    page = exporter.scrape()
    assert factor(page, "global", "ZZ") > 0 and not has("rte")(page)
    exporter.daemon.stop()


def test_a_service_is_not_asked_before_the_time_that_it_says(start, services):
    services["rte"].fault, services["rte"].retry_after = "limited", "3600"
    exporter = start("--collector.emissions.provider=rte", "--collector.emissions.provider=emaps", **CREDENTIALS)
    exporter.wait("a refusal, and many answers of the other", lambda page: errors(page, "rte") == 1 and len(services["emaps"].asked) > 20)
    assert len(services["rte"].asked) == 1


def test_an_expired_token_is_renewed(start, services):
    exporter = start("--collector.emissions.provider=wt", **CREDENTIALS)
    exporter.wait("a factor", has("wt"))
    services["wt"].logins += 1  # ours is void now
    exporter.wait("a new login", lambda page: services["wt"].logins >= 3)
    assert errors(exporter.scrape(), "wt") == 0


def test_old_factors_can_be_left_out(start):
    page = start("--collector.emissions.max-age=10m", **CREDENTIALS).wait("marginal emissions", has("wt"))
    assert not has("rte")(page)
    assert metrics.value(page, "ceems_emissions_age_seconds", provider="rte", country_code="FR") > 1000
