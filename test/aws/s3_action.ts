/** Which IAM action an S3 request needs, as far as this project uses S3. */

/** Sub-resources that name an operation of their own, with IAM's noun for them. */
const subresources: readonly (readonly [parameter: string, noun: string])[] = [
  ["versioning", "BucketVersioning"],
  ["policy", "BucketPolicy"],
  ["encryption", "EncryptionConfiguration"],
  ["lifecycle", "LifecycleConfiguration"],
  ["publicAccessBlock", "BucketPublicAccessBlock"],
  ["tagging", "ObjectTagging"],
  ["location", "BucketLocation"],
];

/**
 * Names the action of a path-style S3 request, e.g. `s3:GetObject`
 * (Amazon S3 API Reference; "Actions, resources, and condition keys for Amazon S3").
 */
export function s3Action(method: string, url: URL): string {
  const [, bucket = "", key = ""] = url.pathname.split("/", 3);
  const has = (name: string) => url.searchParams.has(name);
  const reads = method === "GET" || method === "HEAD";
  for (const [parameter, noun] of subresources) {
    if (has(parameter)) return `s3:${reads ? "Get" : "Put"}${noun}`;
  }
  if (bucket === "") return "s3:ListAllMyBuckets";
  if (key === "") {
    if (has("versions")) return "s3:ListBucketVersions";
    if (method === "POST" && has("delete")) return "s3:DeleteObject";
    if (method === "PUT") return "s3:CreateBucket";
    return method === "DELETE" ? "s3:DeleteBucket" : "s3:ListBucket";
  }
  if (reads) return has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject";
  if (method === "DELETE") return has("uploadId") ? "s3:AbortMultipartUpload" : "s3:DeleteObject";
  return "s3:PutObject";
}
