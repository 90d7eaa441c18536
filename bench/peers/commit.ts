import mysql from "mysql2/promise";
import { measure } from "../load.ts";
import { answerParent } from "../peer.ts";

/** What a promise kept costs at the least: one row inserted and committed, by itself. */
const pool = mysql.createPool({ uri: process.env["BENCH_DATABASE_URL"] ?? "", connectionLimit: 8 });

answerParent(async (question) => {
  if (question.kind === "listen") {
    await pool.query(
      "CREATE TABLE IF NOT EXISTS bench_row (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL)",
    );
    return {};
  }
  const insert = (index: number) => pool.query("INSERT INTO bench_row (name) VALUES (?)", [`row ${index}`]);
  return { cost: await measure(question.pids, insert, question.extent) };
});
