"""The model registry and prompts."""
import mlflow
import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def versions(client, name):
    """A registered model with three versions."""
    client.create_registered_model(name, tags={"team": "red"}, description="what it is")
    for number in range(3):
        client.create_model_version(name, f"s3://bucket/{number}", description=f"version {number + 1}")
    return name


def test_versions_and_their_tags(client, versions):
    client.set_model_version_tag(versions, "2", "checked", "yes")
    client.update_model_version(versions, "2", "better")
    found = client.get_model_version(versions, "2")
    assert found.tags == {"checked": "yes"} and found.description == "better" and found.source == "s3://bucket/1"
    client.delete_model_version_tag(versions, "2", "checked")
    assert client.get_model_version(versions, "2").tags == {}
    client.delete_model_version(versions, "3")
    assert client.create_model_version(versions, "s3://bucket/4").version in (4, "4")
    assert sorted(int(one.version) for one in client.search_model_versions(f"name = '{versions}'")) == [1, 2, 4]


def test_aliases(client, versions):
    client.set_registered_model_alias(versions, "champion", "1")
    client.set_registered_model_alias(versions, "challenger", "2")
    client.set_registered_model_alias(versions, "champion", "3")
    assert int(client.get_model_version_by_alias(versions, "champion").version) == 3
    assert client.get_registered_model(versions).aliases == {"champion": "3", "challenger": "2"}
    client.delete_registered_model_alias(versions, "champion")
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version_by_alias(versions, "champion")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_stages(client, versions):
    client.transition_model_version_stage(versions, "1", "Production")
    client.transition_model_version_stage(versions, "2", "Production", archive_existing_versions=True)
    client.transition_model_version_stage(versions, "3", "Staging")
    stages = {int(one.version): one.current_stage for one in client.search_model_versions(f"name = '{versions}'")}
    assert stages == {1: "Archived", 2: "Production", 3: "Staging"}
    latest = client.get_latest_versions(versions, ["Production", "Staging"])
    assert {one.current_stage: int(one.version) for one in latest} == {"Production": 2, "Staging": 3}


def test_tags_rename_and_delete(client, versions):
    client.set_registered_model_tag(versions, "owner", "ann")
    client.update_registered_model(versions, "other text")
    client.rename_registered_model(versions, f"{versions}-2")
    found = client.get_registered_model(f"{versions}-2")
    assert found.tags == {"team": "red", "owner": "ann"} and found.description == "other text"
    assert [int(one.version) for one in client.search_model_versions(f"name = '{versions}-2'", order_by=["version_number ASC"])] == [1, 2, 3]
    client.delete_registered_model_tag(f"{versions}-2", "team")
    client.delete_registered_model(f"{versions}-2")
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model(f"{versions}-2")


def test_a_copy_of_a_version(client, versions, name):
    copy = client.copy_model_version(f"models:/{versions}/2", f"{name}-copy")
    assert copy.source == f"models:/{versions}/2" and int(copy.version) == 1
    assert client.get_model_version_download_uri(f"{name}-copy", "1") == "s3://bucket/1"


def test_search(client, name):
    for number in range(7):
        client.create_registered_model(f"{name}-{number}", tags={"kind": "even" if number % 2 == 0 else "odd"})
    seen, token = [], None
    while True:
        page = client.search_registered_models(f"name LIKE '{name}-%'", max_results=3, order_by=["name DESC"], page_token=token)
        seen += [model.name for model in page]
        token = page.token
        if not token:
            break
    assert seen == [f"{name}-{number}" for number in range(6, -1, -1)]
    found = client.search_registered_models(f"name LIKE '{name}-%' AND tags.kind = 'odd'")
    assert [model.name for model in found] == [f"{name}-{number}" for number in (1, 3, 5)]


def test_prompts(client, name):
    mlflow.genai.register_prompt(name, "Say {{word}}", commit_message="first", tags={"team": "red"})
    mlflow.genai.register_prompt(name, "Shout {{word}}", commit_message="second")
    mlflow.genai.set_prompt_alias(name, "live", 1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}/2").template == "Shout {{word}}"
    assert mlflow.genai.load_prompt(f"prompts:/{name}@live").format(word="hello") == "Say hello"
    assert name in [prompt.name for prompt in mlflow.genai.search_prompts(f"name = '{name}'")]
    assert name not in [model.name for model in client.search_registered_models(f"name = '{name}'")]


def test_a_webhook(client, name):
    made = client.create_webhook(name, "https://93.184.216.34/hook", ["model_version.created"], description="first", secret="s")
    assert client.get_webhook(made.webhook_id).name == name
    client.update_webhook(made.webhook_id, description="second", status="DISABLED")
    assert client.get_webhook(made.webhook_id).description == "second"
    assert made.webhook_id in [one.webhook_id for one in client.list_webhooks()]
    client.delete_webhook(made.webhook_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_webhook(made.webhook_id)
