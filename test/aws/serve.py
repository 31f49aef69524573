"""Runs moto or MiniStack on a free port of 127.0.0.1 and ends with the process that started it.

Usage: python serve.py moto|ministack, standard input held open by the parent. The first line on
standard output is {"port": N}, or {"error": TEXT}; nothing follows it.

The kernel closes the pipe however the parent dies, SIGKILL included, so no server is left behind.
The port is bound here and handed over as a socket: asking for a free one first and binding it
later would be a race between two test runs.
"""

import json
import os
import signal
import socket
import sys
import threading
import traceback


def end_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    # Not sys.exit: neither server has anything worth saving, and a shutdown can hang on a long poll.
    os._exit(0)


def tell(message: dict) -> None:
    print(json.dumps(message), flush=True)


def answer_faster() -> None:
    """Lets moto answer with the same bytes in a third of the time.

    For each member of each part of an answer moto works out again by which names it may be found
    and how it is transformed; for each request it lists its own folder and a class's methods. All
    of that is the same every time.
    """
    from functools import cache

    import xmltodict
    from moto import backends
    from moto.core import responses
    from moto.core.serialize import AttributePicker, AttributePickerContext, QuerySerializer
    from moto.core.utils import MISSING, get_value

    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    responses.method_names_from_class = cache(responses.method_names_from_class)
    xmltodict.unparse = faster_unparse(xmltodict.unparse)

    slowly = QuerySerializer._serialize_type_structure

    def serialize_structure(self, serialized, value, shape, key) -> None:
        picker = self._value_picker
        if not isinstance(picker, AttributePicker):
            return slowly(self, serialized, value, shape, key)
        if value is None:
            return None
        # There is a serializer for each answer: in one answer a path leads to one kind of part.
        place = (type(value), tuple(self.path))
        members = self.__dict__.setdefault("known", {})
        if place not in members:
            members[place] = list(members_of(self, picker, value, shape))
        wrapper = self.MAP_TYPE() if key else serialized
        plain = type(value) is dict
        for name, member, keys, transform, write in members[place]:
            found = MISSING
            for one in keys:
                found = value.get(one, MISSING) if plain else get_value(value, one, MISSING)
                if found is not MISSING:
                    break
            if found is MISSING:
                found = None
            if transform is not None:
                found = transform(found)
            if found is not None:
                self.path.append(name)
                write(wrapper, found, member, name)
                self.path.pop()
        if key:
            self._default_serialize(serialized, wrapper, shape, key)

    def members_of(self, picker, value, shape):
        """The members of a structure: names, shapes, keys to look for, and what is done with each."""
        path = ".".join(self.path)
        for name, member in shape.members.items():
            member.parent = shape
            context = AttributePickerContext(value, name, member, key_path=path)
            keys = tuple(dict.fromkeys(picker.get_possible_keys(context)))
            transforms = picker.response_transformers.items()
            does = next((does for end, does in transforms if f"{path}.{name}".endswith(end)), None)
            write = getattr(self, f"_serialize_type_{member.type_name}", self._default_serialize)
            yield name, member, keys, does, write

    QuerySerializer._serialize_type_structure = serialize_structure


def faster_unparse(unparse):
    """Writes XML as `unparse` does, without a SAX handler between; what is unusual it leaves to it."""
    from xml.sax.saxutils import escape, quoteattr

    class Unusual(Exception):
        pass

    def text_of(value) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, (str, int, float)):
            raise Unusual
        return str(value)

    def emit(key, value, out) -> None:
        for one in value if isinstance(value, list) else [value]:
            parts = one if isinstance(one, dict) else {"#text": one}
            attributes, children, text = "", [], ""
            for name, part in parts.items():
                if name == "#text":
                    text = "" if part is None else text_of(part)
                elif name[0] == "@":
                    attributes += f" {name[1:]}={quoteattr(text_of(part))}"
                elif part != []:
                    children.append((name, part))
            if not text and not children:
                out.append(f"<{key}{attributes}/>")
                continue
            out.append(f"<{key}{attributes}>")
            for name, part in children:
                emit(name, part, out)
            out.append(f"{escape(text)}</{key}>")

    def written(body, **how) -> str:
        if how != {"full_document": True, "short_empty_elements": True, "pretty": False}:
            return unparse(body, **how)
        out = ['<?xml version="1.0" encoding="utf-8"?>\n']
        try:
            [(key, value)] = body.items()
            emit(key, value, out)
        except Unusual:
            return unparse(body, **how)
        return "".join(out)

    return written


def without_openapi() -> None:
    """Lets moto load CloudFormation, which loads API Gateway, which alone validates OpenAPI."""
    from types import ModuleType

    for name, members in {
        "openapi_spec_validator": {"validate": None},
        "openapi_spec_validator.validation": {},
        "openapi_spec_validator.validation.exceptions": {"OpenAPIValidationError": ValueError},
    }.items():
        module = ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module


def serve_moto() -> None:
    without_openapi()
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *_args: object) -> None:
            pass

    answer_faster()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    tell({"port": server.port})
    server.serve_forever()


def serve_ministack() -> None:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    # The modules read these at import.
    os.environ["BIND_HOST"] = "127.0.0.1"
    os.environ["GATEWAY_PORT"] = str(port)

    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"

    async def forever() -> None:
        await asyncio.Event().wait()

    async def run() -> None:
        tell({"port": port})
        # With a trigger of its own, hypercorn installs no signal handlers.
        await serve(app, config, shutdown_trigger=forever)

    asyncio.run(run())


def main() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    # Ctrl-C reaches the whole process group; the parent decides when the servers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        {"moto": serve_moto, "ministack": serve_ministack}[sys.argv[1]]()
    except BaseException:
        tell({"error": traceback.format_exc()})
        os._exit(1)


if __name__ == "__main__":
    main()
