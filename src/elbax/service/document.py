"""What a service says of itself: its models, and OpenAPI."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter, create_model

from elbax.service import arrow
from elbax.service.model import IMPORTANCE_SAMPLES, ServedModel
from elbax.service.requests import WORDS, Operation

_REFERENCE = "#/components/schemas/{model}"
_PROBLEM = TypeAdapter(
    create_model("Problem", title=(str, ...), status=(int, ...), detail=(str, ...), request_id=(str, ...))
)
_PAGES = {
    "/health": "Whether the server runs.",
    "/ready": "Whether all models are compiled; 503 until then.",
    "/metrics": "Counts and times for Prometheus.",
    "/models": "The models and their columns.",
    "/openapi.json": "This document.",
}


def describe(model: ServedModel) -> dict[str, Any]:
    """A model, its columns with kinds and units, and what it answers."""
    own, vae = model.format, model.vae
    columns = [{"name": field.name, "kind": field.kind, "unit": field.unit} for field in own.x.fields]
    context = () if own.context is None else own.context.fields
    return {
        "name": model.name,
        "rows": vae.schema_.axes.describe() if not columns else f"{len(columns)} columns",
        "shape": list(own.x.shape),
        "columns": columns,
        "context": [{"name": field.name, "kind": field.kind, "unit": field.unit} for field in context],
        "latent_dim": model.latent_dim,
        "likelihood": vae.likelihood_.name,
        "importance_samples": IMPORTANCE_SAMPLES,
        "trained_on": vae.schema_.n_rows,
        "operations": [*model.calls(), "sample", "diagnose"],
    }


def document(
    models: Mapping[str, ServedModel], operations: Mapping[str, Mapping[str, Operation]], *, token: bool
) -> dict[str, Any]:
    """The OpenAPI document of a service."""
    adapters = {("Problem", ""): _PROBLEM}
    for name, own in operations.items():
        for operation in own.values():
            adapters |= {(name, operation.name): operation.request, (name, f"{operation.name} "): operation.answer}
    inputs = [(key, "validation", adapter) for key, adapter in adapters.items()]
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REFERENCE)
    found = {key: schema for (key, _), schema in schemas.items()}
    problem = {
        "description": "A problem, RFC 9457.",
        "content": {"application/problem+json": {"schema": found["Problem", ""]}},
    }
    paths: dict[str, Any] = {path: {"get": _page(path, words, problem)} for path, words in _PAGES.items()}
    for name, own in operations.items():
        paths[f"/models/{name}"] = {"get": _page(f"/models/{name}", "The model and its columns.", problem)}
        for operation in own.values():
            types = found[name, operation.name], found[name, f"{operation.name} "]
            paths[f"/models/{name}/{operation.name}"] = {"post": _call(models[name], operation, *types, problem)}
    components: dict[str, Any] = {"schemas": definitions.get("$defs", {})}
    whole = {
        "openapi": "3.1.0",
        "info": {"title": "elbax", "version": version("elbax"), "description": "Variational autoencoders over HTTP."},
        "paths": paths,
        "components": components,
    }
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        whole["security"] = [{"token": []}]
        for path in ("/health", "/ready"):
            paths[path]["get"]["security"] = []
    return whole


def _page(path: str, words: str, problem: Any) -> dict[str, Any]:
    text = path == "/metrics"
    content = (
        {"text/plain": {"schema": {"type": "string"}}} if text else {"application/json": {"schema": {"type": "object"}}}
    )
    return {
        "summary": words,
        "operationId": path.strip("/").replace("/", "_").replace(".", "_"),
        "responses": {"200": {"description": words, "content": content}, "default": problem},
    }


def _call(model: ServedModel, operation: Operation, request: Any, answer: Any, problem: Any) -> dict[str, Any]:
    bodies = {"application/json": {"schema": request}}
    answers: dict[str, Any] = {"application/json": {"schema": answer}}
    if operation.name != "sample":
        columns = ", ".join(f"{name} ({type_})" for name, type_ in model.format.arrow_types.items())
        options = f" Options in the query: {', '.join(operation.fields)}." if operation.fields else ""
        stream = {"type": "string", "format": "binary", "description": f"An IPC stream of: {columns}.{options}"}
        bodies[arrow.MEDIA_TYPE] = {"schema": stream}
    if operation.name != "diagnose":
        answers[arrow.MEDIA_TYPE] = {"schema": {"type": "string", "format": "binary"}}
    words = WORDS[operation.name]
    return {
        "summary": words,
        "operationId": f"{model.name}_{operation.name}",
        "tags": [model.name],
        "requestBody": {"required": True, "content": bodies},
        "responses": {"200": {"description": words, "content": answers}, "default": problem},
    }
