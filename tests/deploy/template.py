# SPDX-License-Identifier: Apache-2.0
"""deploy/ec2.yaml as values: parsed, and with its parameters put in."""

import email
from dataclasses import dataclass

import yaml
from harness import ROOT

FILE = ROOT / "deploy" / "ec2.yaml"

GIVEN = {
    "SourceBucket": "photos",
    "SourcePrefix": "fruits/2026",
    "DestinationBucket": "results",
    "DestinationPrefix": "out/2026",
    "Wheel": "s3://wheels/new/pomona-0.1.0-cp312-abi3-manylinux_2_35_x86_64.whl",
    "KeyName": "key",
    "SshFrom": "203.0.113.7/32",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "stack",
}


class _Loader(yaml.SafeLoader):
    pass


def _short(loader, suffix, node):
    read = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda n: loader.construct_sequence(n, deep=True),
    }[type(node)]
    value = read(node)
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    if name == "Fn::GetAtt":
        value = value.split(".")
    return {name: value}


_Loader.add_multi_constructor("!", _short)


def parse() -> dict:
    return yaml.load(FILE.read_text(encoding="utf-8"), _Loader)


@dataclass
class Filled:
    """Puts values in the place of intrinsic functions; a reference to a resource stays."""

    values: dict

    def __call__(self, node):
        if isinstance(node, list):
            return [self(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref" and argument in self.values:
                return self.values[argument]
            if name.startswith("Fn::") and name != "Fn::GetAtt":
                return getattr(self, name[4:].lower())(self(argument))
        return {key: self(value) for key, value in node.items()}

    def sub(self, argument):
        text, more = argument if isinstance(argument, list) else (argument, {})
        for key, value in {**self.values, **more}.items():
            text = text.replace(f"${{{key}}}", str(value))
        return text

    def join(self, argument):
        return argument[0].join(argument[1])

    def split(self, argument):
        return argument[1].split(argument[0])

    def select(self, argument):
        return argument[1][argument[0]]

    def base64(self, argument):
        return argument


def filled(**given) -> dict:
    """The template's resources for these parameters, and the defaults of the others."""
    template = parse()
    defaults = {k: v["Default"] for k, v in template["Parameters"].items() if "Default" in v}
    return Filled({**defaults, **GIVEN, **given})(template["Resources"])


def statements(**given) -> list[dict]:
    (policy,) = filled(**given)["Role"]["Properties"]["Policies"]
    return policy["PolicyDocument"]["Statement"]


def script(user_data: str) -> str:
    """The shell script among the parts of user data."""
    parts = email.message_from_string(user_data).walk()
    (found,) = [part for part in parts if part.get_content_type() == "text/x-shellscript"]
    return found.get_payload()


def inner(text: str, file: str) -> str:
    """What a script writes into `file`."""
    return text.split(f"cat >{file} <<'END'\n")[1].split("\nEND\n")[0] + "\n"
