"""What deploys the application says what is so: settings that exist, users without rights, steps that are tried."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.cluster import nginx
from scripts.trials import clean_install
from settings import ROOT, Settings, settings, version
from tests.stores import moto, s3_environment

DEPLOY = ROOT / "deploy"
PROBE = ROOT / "probe-action"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PARSED = [*WORKFLOWS, ROOT / ".github" / "dependabot.yml", ROOT / ".pre-commit-config.yaml", PROBE / "action.yml"]
TOLD = [
    *DEPLOY.glob("*"),
    *WORKFLOWS,
    *(ROOT / "docs").glob("*.md"),
    ROOT / "README.md",
    *PROBE.glob("*.m*"),
]
# A setting of the repository on GitHub, not of the application.
OF_GITHUB = {"CARBUROAM_URL"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", [path for path in TOLD if path.is_file()], ids=_name)
def test_every_setting_that_is_told_of_exists(path: Path):
    """A misspelt variable would stop the start of whoever copied it."""
    told = set(re.findall(r"CARBUROAM_[A-Z0-9]+(?:_[A-Z0-9]+)*", path.read_text(encoding="utf-8")))
    known = {f"CARBUROAM_{name.upper()}" for name in Settings.model_fields}

    assert {name for name in told - known - OF_GITHUB if not name.startswith("CARBUROAM_SOURCES_")} == set()


@pytest.mark.parametrize("path", PARSED, ids=_name)
def test_what_a_machine_reads_can_be_read(path: Path):
    """A workflow that is no YAML is left out without a word."""
    assert yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=_name)
def test_a_workflow_may_do_no_more_than_it_must(path: Path):
    """Rights are listed, time is limited, and nothing that others write is put into a script."""
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)

    assert set(workflow["permissions"].values() if workflow["permissions"] else ()) <= {"read"}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            assert re.search(r"@v\d+$|^\./", step.get("uses", "./"))


def test_the_keep_alive_run_is_in_time_and_fails_with_pictures():
    """Every six hours, as twelve are too many; by hand too; what failed is kept."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "keep-alive.yml").read_text(encoding="utf-8"))
    # YAML 1.1 takes the key `on` for a truth.
    starts = workflow[True]
    probe, upload = workflow["jobs"]["probe"]["steps"][-2:]
    action = yaml.safe_load((PROBE / "action.yml").read_text(encoding="utf-8"))

    assert [entry["cron"].split()[1:] for entry in starts["schedule"]] == [["*/6", "*", "*", "*"]]
    assert "workflow_dispatch" in starts
    assert probe["with"].keys() <= action["inputs"].keys()
    assert upload["if"] == "failure()"
    assert upload["with"]["path"].rstrip("/") == probe["with"]["artefacts"]


def test_the_probes_browser_and_library_are_of_one_version():
    """They speak a protocol that moves; and the lock says what, not where from."""
    package = json.loads((PROBE / "package.json").read_text(encoding="utf-8"))
    lock = (PROBE / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(lock)["packages"]
    (image,) = re.findall(r"^FROM \S+:(\S+)$", (PROBE / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)

    assert package["dependencies"]["puppeteer-core"] == packages["node_modules/puppeteer-core"]["version"] == image
    assert "resolved" not in lock
    assert all("integrity" in found for name, found in packages.items() if name)


def test_the_image_is_made_by_steps_that_are_tried():
    """Each RUN is a step of build.sh, so that the trial, which takes them from here, leaves none out."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    runs = re.findall(r"^RUN .*$", dockerfile, re.MULTILINE)
    offered = re.findall(r"^    (\w+)\)$", (DEPLOY / "build.sh").read_text(encoding="utf-8"), re.MULTILINE)

    assert clean_install.steps() == offered
    assert len(runs) == len(offered)
    assert "streamlit" in clean_install.command()


def test_the_image_runs_without_rights_and_keeps_no_secret():
    """A number, as an orchestrator can only see that a number is not root."""
    last_stage = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert re.findall(r"^USER (\d+):\d+$", last_stage, re.MULTILINE) == ["10001"]
    assert "healthcheck.py" in re.findall(r"^HEALTHCHECK .*$", last_stage, re.MULTILINE)[0]
    assert {".env", "**/.env", ".streamlit/secrets.toml", "outputs/*", ".git"} <= set(ignored)


def test_compose_shares_secrets_and_opens_one_door():
    """Every server has the same secrets, from a file that is not in the repository; only nginx can be reached."""
    services = _compose()["services"]
    ours = {name: service for name, service in services.items() if service["image"].startswith("carburoam:")}
    secrets = {"CARBUROAM_SECRET", "CARBUROAM_DATABASE_URL", "STREAMLIT_SERVER_COOKIE_SECRET"}
    upstream = re.findall(r"^        server ([\w-]+):8501 ", (DEPLOY / "nginx.conf").read_text(), re.MULTILINE)
    in_releases = {name for name, service in services.items() if service.get("profiles") == ["next"]}

    assert set(ours) == {"app-1", "app-2", "etl", "bucket", "next-1", "next-2"}
    assert in_releases == {"next-1", "next-2"}
    assert all((service["image"] == "carburoam:next") == (name in in_releases) for name, service in ours.items())
    for service in ours.values():
        assert secrets <= service["environment"].keys()
        assert service["read_only"] is True
        assert "ports" not in service
    assert [name for name, service in services.items() if "ports" in service and "profiles" not in service] == ["nginx"]
    assert upstream == ["app-1", "app-2"] * 2
    assert all(service["env_file"] == [{"path": "settings.env", "required": False}] for service in ours.values())
    assert services["etl"]["deploy"]["replicas"] == 2
    assert all(":" in service["image"] for service in services.values())


def test_prefect_is_a_profile_apart():
    """Who does not ask for it gets none of it; who does gets the same ETL, and a front for this machine alone."""
    services = _compose()["services"]
    of_prefect = {name: service for name, service in services.items() if "prefect" in name}
    ours, server = of_prefect["etl-prefect"], of_prefect["prefect"]

    assert set(of_prefect) == {"etl-prefect", "prefect", "prefect-database"}
    assert all(service["profiles"] == ["prefect"] for service in of_prefect.values())
    assert services["etl"]["environment"].items() <= ours["environment"].items()
    assert server["ports"] == ["${PREFECT_LISTEN:-127.0.0.1:4200}:4200"]
    assert server["environment"]["PREFECT_SERVER_API_AUTH_STRING"] == ours["environment"]["PREFECT_API_AUTH_STRING"]
    assert ours["read_only"] is server["read_only"] is True
    assert "PREFECT_SERVER_ANALYTICS_ENABLED=false" in (DEPLOY / "Dockerfile.prefect").read_text(encoding="utf-8")


def test_nginx_holds_what_the_cluster_is_tried_with():
    """Who stays where, websockets, compression, limits for an address, closed doors: trials run this very file."""
    conf = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    made = nginx.configuration(Path("folder"), 8080, [1], [1, 2])

    for held in (
        "hash $at consistent;",
        "proxy_set_header Upgrade $http_upgrade;",
        "gzip on;",
        "limit_req zone=requests",
        "limit_conn connections",
        "_stcore/(metrics|agent|script-health-check)",
    ):
        assert held in conf
    assert made.count("server 127.0.0.1:") == 3
    assert "8501" not in made


def test_every_variable_that_compose_asks_for_is_in_the_example():
    """Who fills in the example has filled in all."""
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    given = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert asked == given


def test_the_application_starts_on_what_compose_gives(environment: pytest.MonkeyPatch):
    """With the example's empty lines left empty, mail included."""
    given = _compose()["services"]["app-1"]["environment"]
    for name, value in given.items():
        filled = re.sub(r"\$\{\w+:\?[^}]*\}", "x" * 64, str(value))
        environment.setenv(name, re.sub(r"\$\{\w+:-\}", "", filled))
    settings.cache_clear()

    assert settings().store == "s3://carburoam/store"
    assert not settings().start_etl


def test_the_bucket_is_made_once(tmp_path: Path):
    """The second start of everything finds it there."""
    with moto() as endpoint:
        given = os.environ | s3_environment(endpoint) | {"CARBUROAM_OUTPUTS_DIR": str(tmp_path)}
        runs = [
            subprocess.run(
                [sys.executable, DEPLOY / "bucket.py"], env=given, capture_output=True, text=True, check=True
            ).stdout
            for _ in range(2)
        ]

    assert runs[0].startswith("made the bucket")
    assert runs[1] == ""


def test_the_unit_is_shut_in():
    """It writes where its state is and nowhere else, as nobody of importance."""
    unit = (DEPLOY / "carburoam.service").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))

    assert said["DynamicUser"] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["StateDirectory"] == "carburoam"
    assert "CARBUROAM_OUTPUTS_DIR=/var/lib/carburoam" in unit
    assert "--server.address 127.0.0.1" in said["ExecStart"]


def test_the_version_is_named_once():
    """Releases are cut from pyproject.toml; the changelog says which there were."""
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert version() == named
    assert re.fullmatch(r"\d+\.\d+\.\d+", named)
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nobody_is_well_who_does_not_answer():
    """The health check of the image, against a port where nothing is."""
    done = subprocess.run(
        [sys.executable, DEPLOY / "healthcheck.py"],
        env=os.environ | {"PORT": "9"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "refused" in done.stderr
