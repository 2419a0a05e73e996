import { EmptyState, SegmentedControl, Text } from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { readableBytes } from "../parts/format-amount.ts";
import { svgAddress } from "./picture-file.ts";
import styles from "./picture.module.css";

/** A picture out of the project, as large as it is and no larger than its place, on squares that show where it is clear. */
interface PictureProps {
  path: string;
  address: string;
  bytes: number;
  download: ReactNode;
}

export function Picture({ path, address, bytes, download }: PictureProps) {
  const [pixels, setPixels] = useState("");
  return (
    <div className={styles.picture}>
      <div className={styles.bar}>
        <Text size="xs" c="dimmed" mr="auto" data-testid="picture-facts">
          {pixels === "" ? readableBytes(bytes) : `${pixels}, ${readableBytes(bytes)}`}
        </Text>
        {download}
      </div>
      <Canvas key={address} path={path} address={address} onSize={setPixels} />
    </div>
  );
}

type Form = "picture" | "text";

/** A drawing: a picture and the text of which it is made. */
export function Drawing({ path, text, editor }: { path: string; text: string; editor: ReactNode }) {
  const [form, setForm] = useState<Form>("picture");
  return (
    <div className={styles.picture}>
      <div className={styles.bar}>
        <SegmentedControl
          size="xs"
          aria-label="Show the file as"
          data={[
            { value: "picture", label: "Picture" },
            { value: "text", label: "Text" },
          ]}
          value={form}
          onChange={setForm}
          data-testid="picture-form"
        />
      </div>
      {form === "text" ? (
        <div className={styles.editor}>{editor}</div>
      ) : (
        <Canvas path={path} address={svgAddress(text)} />
      )}
    </div>
  );
}

interface CanvasProps {
  path: string;
  address: string;
  onSize?: (pixels: string) => void;
}

function Canvas({ path, address, onSize }: CanvasProps) {
  const [broken, setBroken] = useState(false);
  if (broken) {
    return (
      <EmptyState
        h="100%"
        style={{ justifyContent: "center" }}
        icon={<IconPhotoOff size={36} stroke={1.4} />}
        title="This is no whole picture"
        description="A program may still write it. When one ends it is read again."
      />
    );
  }
  return (
    <div className={styles.canvas}>
      <img
        className={styles.image}
        src={address}
        alt={path}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => onSize?.(`${naturalWidth} × ${naturalHeight}`)}
        onError={() => setBroken(true)}
        data-testid="picture"
      />
    </div>
  );
}
