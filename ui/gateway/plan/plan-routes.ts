import { Fault, type ProjectId } from "../../../kernel/abi/index.ts";
import { composedRoute, type Kernel } from "../routes/composed-route.ts";
import { projectParams } from "../routes/parts.ts";
import type { Route } from "../routes/route.ts";
import {
  buildFolder,
  chooseForFile,
  chooseForProject,
  keyOf,
  planOf,
  planRequestSchema,
  planSchema,
  sourcesOf,
} from "./plan.ts";

/** `POST /projects/{id}/plan`: how a file of a project, or the project, is run. */

export const planRoutes: readonly Route[] = [
  composedRoute(
    {
      method: "post",
      path: "/projects/{id}/plan",
      operationId: "planRun",
      summary: "How a file or the project is run: what to build before, if anything, and what to start.",
      params: projectParams,
      body: { json: planRequestSchema },
      status: 200,
      reply: { json: planSchema },
    },
    async ({ params: { id: project }, body }, kernel) => {
      const { file, runtime = null, buildTable = [] } = body;
      const { runtimes } = await kernel.call("runtime_list", {});
      const asked = { runtimes, runtime };
      const choice =
        file === "." ? chooseForProject(asked, await filesIn(kernel, project, "")) : chooseForFile(asked, file);
      if (file !== ".") await requireFile(kernel, project, file);
      if (choice.recipe.build === null) {
        if (buildTable.length === 0) return planOf(choice, null);
        throw new Fault("invalid", `${choice.file} is run as it is, so that no build gets ${buildTable.join(", ")}`, {
          hint: "Name what the program itself is to have in its own table.",
        });
      }
      // The outputs depend on the image, too.
      const ready =
        choice.runtime.state === "ready"
          ? choice.runtime
          : await kernel.call("image_build", { runtime: choice.runtime.name });
      const built = { ...choice, runtime: ready };
      const { digest } = await kernel.call("file_digest", { project, names: sourcesOf(built) });
      const key = keyOf(built, digest);
      const isBuilt = (await filesIn(kernel, project, buildFolder)).includes(`${key}.ok`);
      // The build has it mounted, so it has to be there; and none of it is for version control.
      if (!isBuilt) await kernel.write({ project, path: `${buildFolder}/.gitignore` }, "*\n");
      return planOf(built, { key, isBuilt, table: buildTable });
    },
  ),
];

/** The names of the files in a directory, none where there is no such directory. */
async function filesIn(kernel: Kernel, project: ProjectId, path: string): Promise<string[]> {
  try {
    const { entries } = await kernel.call("file_list", { project, path });
    return entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return [];
    throw error;
  }
}

/** Faults: `not_found` where there is no such file. */
async function requireFile(kernel: Kernel, project: ProjectId, file: string): Promise<void> {
  const at = file.lastIndexOf("/");
  const names = await filesIn(kernel, project, at === -1 ? "" : file.slice(0, at));
  if (!names.includes(file.slice(at + 1))) throw new Fault("not_found", `the project has no file ${file}`);
}
