using System.Text;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// Looks for addresses that were on air, and for the token, in everything that leaves the box's RAM: as raw bytes in either order, and
/// as hexadecimal digits with or without separators.
/// </summary>
internal sealed class LeakScanner
{
    private const int AddressBytes = 6;
    private const int AddressDigits = 12;
    private const ulong AddressMask = 0xFFFF_FFFF_FFFF;

    private readonly HashSet<ulong> _addresses = [];
    private readonly byte[] _token;
    private readonly byte[]? _macKey;
    private readonly VirtualClock _clock;
    private readonly Problems _problems;

    /// <param name="token">The box's token.</param>
    /// <param name="clock">Dates what is found.</param>
    /// <param name="problems">Told of it.</param>
    /// <param name="macKey">The box's key for answers, which leaves it never; <c>null</c> = it has none.</param>
    public LeakScanner(string token, VirtualClock clock, Problems problems, byte[]? macKey = null)
    {
        _macKey = macKey;
        _token = Encoding.ASCII.GetBytes(token);
        _clock = clock;
        _problems = problems;
    }

    /// <summary>Distinct addresses that the box heard.</summary>
    public int Addresses => _addresses.Count;

    /// <summary>Bytes looked at.</summary>
    public long Bytes { get; private set; }

    /// <summary>An address was heard.</summary>
    /// <param name="address">48 bits.</param>
    public void Heard(ulong address) => _addresses.Add(address);

    /// <summary>Looks at bytes of one piece.</summary>
    /// <param name="place">Where they were found.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="tokenLead">What may stand right before the token; <c>null</c> = the token may not be there at all.</param>
    public void Look(string place, ReadOnlySpan<byte> bytes, string? tokenLead = null)
    {
        Bytes += bytes.Length;
        LookForToken(place, bytes, tokenLead);
        if (_macKey is not null && bytes.IndexOf(_macKey) >= 0)
        {
            _problems.Add(_clock.NowMs, $"the key for answers is in {place}");
        }

        ulong forward = 0;
        ulong backward = 0;
        ulong digits = 0;
        int digitCount = 0;
        int sinceDigit = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte octet = bytes[i];
            forward = ((forward << 8) | octet) & AddressMask;
            backward = (backward >> 8) | ((ulong)octet << 40);
            if (i >= AddressBytes - 1)
            {
                Compare(place, forward, "raw");
                Compare(place, backward, "raw, backwards");
            }

            int digit = HexDigit(octet);
            if (digit >= 0)
            {
                digits = ((digits << 4) | (uint)digit) & AddressMask;
                digitCount++;
                sinceDigit = 0;
                if (digitCount >= AddressDigits)
                {
                    Compare(place, digits, "in digits");
                }
            }
            else if (++sinceDigit > 1 || octet is not ((byte)':' or (byte)'-'))
            {
                digitCount = 0;
            }
        }
    }

    private static int HexDigit(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        _ => -1,
    };

    private void Compare(string place, ulong value, string form)
    {
        if (_addresses.Contains(value))
        {
            _problems.Add(_clock.NowMs, $"an address that was on air is in {place} ({form})");
        }
    }

    // After a short write a piece begins somewhere in the lead, or right behind it.
    private static bool IsLed(ReadOnlySpan<byte> before, ReadOnlySpan<byte> lead) =>
        before.Length >= lead.Length ? before.EndsWith(lead) : lead.EndsWith(before);

    private void LookForToken(string place, ReadOnlySpan<byte> bytes, string? lead)
    {
        ReadOnlySpan<byte> rest = bytes;
        for (int at; (at = rest.IndexOf(_token)) >= 0; rest = rest[(at + _token.Length)..])
        {
            if (lead is null || !IsLed(rest[..at], Encoding.ASCII.GetBytes(lead)))
            {
                _problems.Add(_clock.NowMs, $"the token is in {place}");
            }
        }
    }
}
