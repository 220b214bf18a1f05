import { S3Error } from '../errors/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../http/read-xml.ts';
import type { XmlNode } from '../http/xml.ts';
import type { Tags } from '../index/records.ts';

export const maxObjectTags = 10;
export const maxBucketTags = 50;
const maxKeyLength = 128;
const maxValueLength = 256;

/** Letters, digits and white space of any script, and a few signs. */
const allowed = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u;

/**
 * Reads `<Tagging><TagSet><Tag>…`.
 *
 * @throws S3Error `MalformedXML`, `InvalidTag`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 */
export function readTagging(document: Buffer, maxTags: number): Tags {
  const root = readXml(document);
  const [set, ...others] = childrenOf(root, 'TagSet');
  if (root.name !== 'Tagging' || set === undefined || others.length > 0) throw new S3Error('MalformedXML');
  return readTagSet(set, maxTags);
}

/**
 * Reads the `<Tag>…` within an element.
 *
 * @throws S3Error `MalformedXML`, `InvalidTag`
 */
export function readTagSet(set: XmlElement, maxTags: number): Tags {
  const tags = childrenOf(set, 'Tag').map((element) => {
    const key = textOf(element, 'Key');
    const value = textOf(element, 'Value');
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML');
    return [key, value] as const;
  });
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    throw new S3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return checkTags(tags, maxTags);
}

/**
 * Reads the header `x-amz-tagging`, which is written as a query string.
 *
 * @throws S3Error `InvalidArgument`, `InvalidTag`
 */
export function parseTagging(header: string): Tags {
  const tags = header
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [key, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decode(key), decode(value)] as const;
    });
  const keys = new Set(tags.map(([key]) => key));
  if (keys.size < tags.length || keys.has('')) throw malformedHeader(header);
  return checkTags(tags, maxObjectTags);
}

export function taggingNode(tags: Tags): XmlNode {
  const nodes = tags.map(
    ([key, value]): XmlNode => [
      'Tag',
      [
        ['Key', key],
        ['Value', value],
      ],
    ],
  );
  return ['Tagging', [['TagSet', nodes]]];
}

function checkTags(tags: Tags, maxTags: number): Tags {
  if (tags.length > maxTags) throw new S3Error('InvalidTag', `There can be no more than ${maxTags} tags.`);
  for (const [key, value] of tags) {
    if (key === '' || key.length > maxKeyLength || !allowed.test(key)) {
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid', { TagKey: key });
    }
    if (key.startsWith('aws:')) {
      throw new S3Error('InvalidTag', 'System tags cannot be added/updated by requester', { TagKey: key });
    }
    if (value.length > maxValueLength || !allowed.test(value)) {
      throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid', { TagValue: value });
    }
  }
  return tags;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformedHeader(text);
  }
}

function malformedHeader(value: string): S3Error {
  return new S3Error(
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { ArgumentName: 'x-amz-tagging', ArgumentValue: value },
  );
}
