import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberedName, safeName } from './safe-name.ts';

describe('safeName', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['.bashrc', '.bashrc'],
    ['what? "now": 10:30 | <5>*.txt', 'what? "now": 10:30 | <5>*.txt'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['a\\b', 'a_b'],
    ['new\nline\u001b[31m\u009b', 'new_line_[31m_'],
    ['gpj.\u202eexe', 'gpj._exe'],
    ['', '_'],
    ['.', '_.'],
    ['..', '_..'],
  ])('makes of %j the name %j', (name, safe) => {
    expect(safeName(name, 'linux')).toBe(safe);
  });

  it.each([
    ['CON', 'CON_'],
    ['con.txt', 'con_.txt'],
    ['Aux .tar.gz', 'Aux_ .tar.gz'],
    ['lpt¹', 'lpt¹_'],
    ['console.log', 'console.log'],
    ['a:b|c?.txt', 'a_b_c_.txt'],
    ['ends with. . .', 'ends with_'],
    ['..', '_'],
  ])('makes of %j the name %j on Windows', (name, safe) => {
    expect(safeName(name, 'win32')).toBe(safe);
  });

  it('names one file in one folder, whatever it is given, on every system', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(1200), (name, number) => {
        const safe = safeName(name, 'linux');
        const numbered = numberedName(safe, number);
        for (const each of [safe, numbered]) {
          expect(Buffer.byteLength(each)).toBeLessThanOrEqual(255);
          expect(each).not.toMatch(/^\.{0,2}$|\/|\p{Cc}/u);
        }
        if (number > 0) expect(numbered).not.toBe(safe);
        expect(safeName(name, 'win32')).not.toMatch(/[<>:"|?*\\/]|[. ]$|^(con|aux|nul|prn)(\.|$)/i);
      }),
    );
  });
});
