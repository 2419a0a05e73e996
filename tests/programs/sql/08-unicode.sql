-- Names, values and widths beyond ASCII.
create table "Größen"("straße" text, "数" integer);
insert into "Größen" values ('Äpfel', 1), ('東京', 22), ('naïve café', 333), ('emoji 🙂🙃', 4), ('שלום', 5), ('', 6);
select "straße", length("straße") as chars, length(cast("straße" as blob)) as bytes, hex(substr("straße", 1, 1)) as head, "数" from "Größen";
select unicode('🙂') as point, char(0x1F680) as rocket, upper('abcé') as ascii_only;
