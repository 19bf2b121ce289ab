"""Examples for every operation, made from its schema, so that they are true for as long as the schema is."""

from typing import Any

SAMPLES: dict[str, Any] = {
    "id": 7,
    "username": "clerk",
    "password": "a-long-enough-password",
    "first_name": "Anna",
    "last_name": "Petrova",
    "agreement_number": "A-100/7",
    "email": "anna@example.com",
    "permissions": ["channels.view_channel"],
    "name": "News",
    "description": "Everything that happens",
    "external_id": "crm-17",
    "valid_until": "2030-01-01T00:00:00Z",
    "max_sessions": 2,
    "notes": "Pays by card",
    "sort_order": 3,
    "total": 1,
    "page": 1,
    "per_page": 20,
    "pages": 1,
}
"""Values by the names of fields; a name that is not here gets a value of its type."""
BY_FORMAT = {"date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31", "uri": "http://stream.example.com:8085"}
BY_TYPE: dict[str, Any] = {"integer": 5, "number": 0.5, "boolean": True, "string": "text", "object": {}}


def add_examples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give each body that has no example one (a hook of drf-spectacular)."""
    components = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            for answer in [operation.get("requestBody", {}), *operation["responses"].values()]:
                for media_type, content in answer.get("content", {}).items():
                    if media_type == "application/json" and not content.keys() & {"example", "examples"}:
                        content["example"] = example_of(content["schema"], components)
    return result


def example_of(schema: dict[str, Any], components: dict[str, Any], name: str = "") -> Any:
    """Return a value that the schema allows."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rsplit("/", 1)[-1]], components, name)
    for choice in ("allOf", "oneOf", "anyOf"):
        if choice in schema:
            return example_of(schema[choice][0], components, name)
    for fixed in ("const", "example", "default"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema:
        return schema["enum"][0]
    if name in SAMPLES:
        return SAMPLES[name]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "array":
        return [example_of(schema["items"], components, name.removesuffix("s"))]
    if "properties" in schema:
        return {key: example_of(inner, components, key) for key, inner in schema["properties"].items()}
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE[kind])
