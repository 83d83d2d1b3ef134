"""Cgroups that come and go by the hundred, and more of them than descriptors."""

import contextlib
import time

import metrics
from stack.ceems import Stack
from conftest import generic_config


def test_a_hundred_cgroups_a_second_cost_no_scrape_and_no_descriptor(stack, parent):
    exporter = stack.start_exporter()
    keeper = parent.make("keeper")
    stack.metrics()
    before = metrics.value(stack.metrics(), "process_open_fds")
    end = time.monotonic() + 10
    number = 0
    while time.monotonic() < end:
        batch = [parent.make(f"short-{number}-{i}") for i in range(10)]
        number += 1
        if number % 5 == 0:
            page = stack.metrics()
            assert metrics.value(page, "ceems_scrape_collector_success", collector="generic") == 1
            assert metrics.of_unit(page, "ceems_compute_unit_memory_used_bytes", "keeper") >= 0
        time.sleep(0.05)
        for group in batch:
            group.remove()
            parent.groups.remove(group)
        time.sleep(0.04)
    assert number >= 50
    time.sleep(0.2)
    page = stack.metrics()
    assert metrics.value(page, "ceems_compute_units", manager="e2e") == 1
    assert metrics.value(page, "process_open_fds") <= before + 2
    assert exporter.alive()
    keeper.remove()


def test_serves_more_cgroups_than_it_may_have_descriptors(directory, parent):
    stack = Stack(directory, generic=generic_config(parent.name))
    try:
        groups = [parent.make(f"unit-{i}") for i in range(200)]
        stack.limit_descriptors = 256
        stack.start_exporter()
        page = stack.metrics()
        assert metrics.value(page, "ceems_compute_units", manager="e2e") == len(groups)
        used = {labels["uuid"] for labels, _ in metrics.parse(page)["ceems_compute_unit_memory_used_bytes"]}
        assert len(used) == len(groups)
        assert not metrics.parse(page).get("ceems_compute_collect_error")
        assert metrics.value(page, "process_open_fds") < 256
    finally:
        with contextlib.suppress(OSError):
            stack.stop()
