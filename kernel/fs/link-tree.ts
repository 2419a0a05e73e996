/**
 * Whether symbolic links stay inside the tree that they are part of. Pure.
 *
 * A target is followed the way the host's kernel does it: component by component, a link on the way first replaced by
 * what it leads to, `..` after that. What is not a link counts as a directory, present or not, so nothing that is
 * added later can make an accepted link lead outside. Each link is followed once, so the work is bounded by the
 * length of all targets.
 */

/** Linux follows no more links than this in one path. */
const followLimit = 40;

interface Node {
  readonly parent: Node | undefined;
  readonly children: Map<string, Node>;
  target: string | undefined;
  place: Place | "open" | undefined;
}

/** A place in the tree: a known node, or `below` directories beneath one; with how many links led there. */
interface Place {
  readonly node: Node;
  readonly below: number;
  readonly follows: number;
}

/** Thrown and caught in this file alone. */
class LinkRefusal extends Error {}

const newNode = (parent: Node | undefined): Node => ({
  parent,
  children: new Map(),
  target: undefined,
  place: undefined,
});

function nodeAt(root: Node, path: string): Node {
  let node = root;
  for (const part of path.split("/")) {
    const child = node.children.get(part) ?? newNode(node);
    node.children.set(part, child);
    node = child;
  }
  return node;
}

function follow(link: Node, target: string, depth: number): Place {
  if (link.place === "open") throw new LinkRefusal("leads back to itself");
  if (link.place !== undefined) return link.place;
  if (depth > followLimit) throw new LinkRefusal("goes through too many links");
  if (target === "") throw new LinkRefusal("leads nowhere");
  if (target.startsWith("/")) throw new LinkRefusal("is absolute");
  if (link.parent === undefined) throw new LinkRefusal("is the project itself");
  link.place = "open";
  let node = link.parent;
  let below = 0;
  let follows = 1;
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (below > 0) below -= 1;
      else if (node.parent === undefined) throw new LinkRefusal("leads outside of the project");
      else node = node.parent;
      continue;
    }
    const child = below > 0 ? undefined : node.children.get(part);
    if (child === undefined) below += 1;
    else if (child.target === undefined) node = child;
    else {
      const place = follow(child, child.target, depth + 1);
      ({ node, below } = place);
      follows += place.follows;
      if (follows > followLimit) throw new LinkRefusal("goes through too many links");
    }
  }
  link.place = { node, below, follows };
  return link.place;
}

/**
 * The first link that does not stay inside, and why; undefined where all do. `links` holds the target of each link
 * under its path: components without `.` and `..`, joined by `/`.
 */
export function escapingLink(links: ReadonlyMap<string, string>): { path: string; why: string } | undefined {
  const root = newNode(undefined);
  for (const [path, target] of links) nodeAt(root, path).target = target;
  for (const [path, target] of links) {
    try {
      follow(nodeAt(root, path), target, 1);
    } catch (error) {
      if (error instanceof LinkRefusal) return { path, why: error.message };
      throw error;
    }
  }
  return undefined;
}
