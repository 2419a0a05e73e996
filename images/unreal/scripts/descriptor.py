"""The rules of a .uproject (FProjectDescriptor of the engine), as a function from its text to what is wrong with it.

Each finding is (line, kind, message), kind being "error" or "warning". Nothing is read but the text; what must be there on
disk is asked through `exists`, which is given a path relative to the project's directory.
"""

import json
import re

FILE_VERSIONS = range(1, 4)
MODULE_TYPES = {
    "Runtime", "RuntimeNoCommandlet", "RuntimeAndProgram", "CookedOnly", "UncookedOnly", "Developer", "DeveloperTool",
    "Editor", "EditorNoCommandlet", "EditorAndProgram", "Program", "ServerOnly", "ClientOnly", "ClientOnlyNoCommandlet",
}  # fmt: skip
LOADING_PHASES = {
    "EarliestPossible", "PostConfigInit", "PostSplashScreen", "PreEarlyLoadingScreen", "PreLoadingScreen", "PreDefault",
    "Default", "PostDefault", "PostEngineInit", "None",
}  # fmt: skip
STEPS = {"PreBuildSteps", "PostBuildSteps", "InitSteps"}
PROJECT_FIELDS = {
    "FileVersion": int, "EngineAssociation": str, "Category": str, "Description": str, "Modules": list, "Plugins": list,
    "TargetPlatforms": list, "AdditionalRootDirectories": list, "AdditionalPluginDirectories": list,
    "EpicSampleNameHash": (int, str), "DisableEnginePluginsByDefault": bool, "Enterprise": bool, "IsEnterpriseProject": bool,
    **{each: dict for each in STEPS},
}  # fmt: skip
NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
ASSOCIATION = re.compile(r"^(|\d+\.\d+|\{[0-9A-Fa-f-]{36}\}|[A-Za-z0-9_.-]{1,64})$")


class Descriptor:
    def __init__(self, text, exists, engine=None):
        self.text, self.exists, self.engine, self.findings = text, exists, engine, []

    def say(self, kind, message, near=None):
        at = self.text.find(f'"{near}"') if near else -1
        line = self.text.count("\n", 0, at) + 1 if at >= 0 else 1
        self.findings.append((line, kind, message))

    def pairs(self, pairs):
        names = [name for name, _ in pairs]
        for name in sorted({each for each in names if names.count(each) > 1}):
            self.say("error", f'"{name}" is given twice', name)
        return dict(pairs)

    def check(self):
        try:
            project = json.loads(self.text, object_pairs_hook=self.pairs)
        except json.JSONDecodeError as error:
            return [(error.lineno, "error", f"this is not JSON: {error.msg} (column {error.colno})")]
        except RecursionError:
            return [(1, "error", "this is nested too deeply for a project file")]
        if not isinstance(project, dict):
            return [(1, "error", "a project file is one JSON object")]
        for name, value in project.items():
            wanted = PROJECT_FIELDS.get(name)
            if wanted is None:
                self.say("warning", f'"{name}" is no field of a project file that is known here', name)
            elif not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
                self.say("error", f'"{name}" is of the wrong type', name)
        if any(kind == "error" for _, kind, _ in self.findings):
            return self.findings
        self.version(project)
        self.association(project.get("EngineAssociation", ""))
        self.modules(project.get("Modules", []))
        self.plugins(project.get("Plugins", []))
        platforms = project.get("TargetPlatforms", [])
        if platforms and "Linux" not in platforms:
            self.say("warning", "TargetPlatforms does not have Linux, for which it is built here", "TargetPlatforms")
        return self.findings

    def version(self, project):
        if "FileVersion" not in project:
            self.say("error", "FileVersion is missing; the present one is 3")
        elif project["FileVersion"] not in FILE_VERSIONS:
            self.say("error", f"FileVersion is {project['FileVersion']}; known are 1 to 3", "FileVersion")

    def association(self, association):
        if not ASSOCIATION.match(association):
            self.say("error", "EngineAssociation is a version (5.4), a {GUID}, a name, or empty", "EngineAssociation")
        elif self.engine and re.match(r"^\d+\.\d+$", association):
            have = f"{self.engine[0]}.{self.engine[1]}"
            if association.split(".")[0] != str(self.engine[0]):
                self.say("error", f"the project is for Unreal Engine {association}, and this is {have}", "EngineAssociation")
            elif association != have:
                self.say("warning", f"the project is for Unreal Engine {association}, and this is {have}", "EngineAssociation")

    def named(self, entries, what):
        """The entries that are objects with a sound name, each name once."""
        seen = set()
        for entry in entries:
            name = entry.get("Name") if isinstance(entry, dict) else None
            if not isinstance(name, str) or not NAME.match(name):
                self.say("error", f"each of {what} is an object with a Name of letters, digits and _", what)
            elif name in seen:
                self.say("error", f"{name} is twice in {what}", name)
            else:
                seen.add(name)
                yield name, entry

    def modules(self, entries):
        for name, entry in self.named(entries, "Modules"):
            if entry.get("Type") not in MODULE_TYPES:
                self.say("error", f"module {name}: Type is one of {', '.join(sorted(MODULE_TYPES))}", name)
            if entry.get("LoadingPhase", "Default") not in LOADING_PHASES:
                self.say("error", f"module {name}: LoadingPhase is one of {', '.join(sorted(LOADING_PHASES))}", name)
            for field, value in entry.items():
                lists = field.endswith(("List", "Dependencies"))
                if lists and not (isinstance(value, list) and all(isinstance(each, str) for each in value)):
                    self.say("error", f"module {name}: {field} is a list of names", name)
            if not self.exists(f"Source/{name}/{name}.Build.cs"):
                self.say("error", f"module {name}: there is no Source/{name}/{name}.Build.cs", name)
        if entries and not self.exists("Source/*.Target.cs"):
            self.say("error", "there are Modules but no Source/*.Target.cs to build them", "Modules")

    def plugins(self, entries):
        for name, entry in self.named(entries, "Plugins"):
            if not isinstance(entry.get("Enabled"), bool):
                self.say("error", f"plugin {name}: Enabled is true or false", name)
            if not isinstance(entry.get("Optional", False), bool):
                self.say("error", f"plugin {name}: Optional is true or false", name)
