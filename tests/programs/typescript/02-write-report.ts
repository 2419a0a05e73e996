// Writes a table and a summary into the project.
import { writeFile } from "node:fs/promises";

interface Player {
  name: string;
  points: number;
}
const players: Player[] = [
  { name: "Ada", points: 12 },
  { name: "Grace", points: 17 },
];
const rows = players.map(({ name, points }) => `${name},${points}\n`);
await writeFile("report.csv", ["name,points\n", ...rows]);

const best = players.reduce((a, b) => (a.points > b.points ? a : b)).name;
const total = players.reduce((sum, { points }) => sum + points, 0);
await writeFile("summary.json", `${JSON.stringify({ best, total }, null, 2)}\n`);
console.log(process.cwd());
