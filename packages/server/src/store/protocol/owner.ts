import type { XmlNode } from './xml.ts';

/** Everything in a store has one owner. The id has the shape of AWS's canonical user ids, as some clients expect. */
export const ownerId = '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a';

export function owner(name: 'Owner' | 'Initiator' = 'Owner'): XmlNode {
  return [
    name,
    [
      ['ID', ownerId],
      ['DisplayName', 'bkend'],
    ],
  ];
}
