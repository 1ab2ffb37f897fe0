namespace JamBox.Twin.Modem;

/// <summary>Finds what follows <c>Bearer</c> and a blank in a stream of bytes, however it is cut into pieces.</summary>
internal sealed class BearerMask
{
    private static readonly byte[] s_lead = [.. "bearer "u8];

    private int _matched;

    /// <summary>Looks at the next piece.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="isMasked">Set where a byte must not be shown.</param>
    public void Apply(ReadOnlySpan<byte> bytes, bool[] isMasked)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte octet = bytes[i];
            if (_matched == s_lead.Length)
            {
                if (octet > ' ')
                {
                    isMasked[i] = true;
                    continue;
                }

                // More blanks may go before the token; anything else ends it.
                _matched = octet == ' ' ? _matched : 0;
                continue;
            }

            byte lower = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

            // No proper beginning of "bearer " is also an end of one but a single b.
            _matched = lower == s_lead[_matched] ? _matched + 1 : lower == s_lead[0] ? 1 : 0;
        }
    }
}
