"""The machine's fingerprint: what makes the times of two hosts comparable."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

import psutil

from bench.model.environment import Host


def describe() -> Host:
    """The host's fingerprint: what makes two hosts' times comparable, and nothing that names them."""
    cpu_model = _cpu_field("model name") or platform.machine()
    facts = {
        "cpu_model": cpu_model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "virtualised": "hypervisor" in _cpu_field("flags").split() if _cpu_field("flags") else None,
    }
    digest = hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()
    return Host.model_validate({**facts, "fingerprint": digest[:16]})


def _cpu_field(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")
