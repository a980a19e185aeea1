// Images of the customer: made small enough, uploaded with progress, fetched with the token.

import { WORDS } from "./words.js";

const ACCEPTED = new Set(["image/jpeg", "image/png", "image/webp"]);
const LONGEST_SIDE = 2560;

/** The file itself where the server takes it, else a smaller JPEG of it. Throws an Error with words for the customer. */
export async function usable(file, limit) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(WORDS.imageUnreadable);
  }
  if (ACCEPTED.has(file.type) && file.size <= limit) return file;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const smaller = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  if (!smaller || smaller.size > limit) throw new Error(WORDS.imageTooBig);
  return smaller;
}

/** Upload under a message id; `progress(percent)`. Resolves to {seq}, rejects with an Error for the customer. */
export function upload(connection, id, blob, progress) {
  const form = new FormData();
  form.append("id", id);
  form.append("file", blob, "image");
  const request = new XMLHttpRequest();
  request.open("POST", `${connection.origin}/chat/conversations/${connection.conversation}/images`);
  request.setRequestHeader("Authorization", connection.authorization.Authorization);
  request.responseType = "json";
  request.timeout = 120_000;
  request.upload.onprogress = (event) => progress(Math.round((event.loaded / event.total) * 100));
  return new Promise((resolve, reject) => {
    const fail = () => reject(Object.assign(new Error(request.response?.message ?? ""), { status: request.status }));
    request.onload = () => (request.status === 202 ? resolve(request.response) : fail());
    request.onerror = request.ontimeout = fail;
    request.send(form);
  });
}

/** An object URL of an image that only its owner may fetch. */
export async function fetchImage(connection, path) {
  const response = await fetch(connection.origin + path, { headers: connection.authorization });
  if (!response.ok) throw new Error(`image: ${response.status}`);
  return URL.createObjectURL(await response.blob());
}
