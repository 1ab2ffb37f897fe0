using System.Buffers.Binary;
using System.Text;

namespace JamBox.Ota.Signing;

/// <summary>
/// The fleet floor: below this sequence no release is taken any more, by no box of that board. Little-endian:
/// <code>
///   at  bytes  field
///    0    4    magic "JBFL"
///    4    2    format: 1
///    6    2    epoch of the keys, 0 to 65535
///    8   16    hardware id, ASCII, at most 15 characters, zeros behind
///   24    4    number, 1 to 999,999,999
///   28    4    minimum sequence, 1 to 2^31 − 1
///   32    4    issued, s since 1970
///   36    4    expires, s since 1970: a box that has nothing newer then says so
///   40   64    signature: ECDSA P-256 over the SHA-256 of bytes 0 to 39; r and s, high byte first. All zeros = unsigned
/// </code>
/// A box takes one of the epoch of its keys that is ahead of its own, the epoch first and then the number, when a key that it trusts has
/// signed it. Within an epoch the minimum never goes down; a new epoch may lower what a stolen key has raised.
/// </summary>
/// <param name="HardwareId">The board, 1 to 15 characters.</param>
/// <param name="Epoch">That of the keys when it was made, 0 to 65,535.</param>
/// <param name="Number">Its place among the floors of that board and epoch, 1 to 999,999,999.</param>
/// <param name="MinimumSequence">The lowest sequence that is taken, 1 to 2,147,483,647.</param>
/// <param name="Issued">When it was made, s since 1970.</param>
/// <param name="Expires">When it should have been followed by another, s since 1970; later than <paramref name="Issued"/>.</param>
/// <param name="Signature">64 bytes; zeros while unsigned.</param>
public sealed record FloorRecord(
    string HardwareId, int Epoch, int Number, int MinimumSequence, uint Issued, uint Expires, byte[] Signature)
{
    /// <summary>Length of the part that is signed, bytes.</summary>
    public const int SignedLength = 40;

    /// <summary>Length with the signature, bytes.</summary>
    public const int Length = SignedLength + SignatureLength;

    private const int SignatureLength = 64;
    private const int Format = 1;
    private const int FormatAt = 4;
    private const int EpochAt = 6;
    private const int HardwareIdAt = 8;
    private const int TextLength = 16;
    private const int NumberAt = 24;
    private const int MinimumAt = 28;
    private const int IssuedAt = 32;
    private const int ExpiresAt = 36;

    /// <summary>Whether there is a signature, right or wrong.</summary>
    public bool IsSigned => Signature.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Epoch and number as answers to boxes name them, such as <c>0.3</c>.</summary>
    public string Name => KeyChangeRecord.NameOf(Epoch, Number);

    private static ReadOnlySpan<byte> Magic => "JBFL"u8;

    /// <summary>Makes a floor.</summary>
    /// <param name="hardwareId">1 to 15 printable ASCII characters without blanks.</param>
    /// <param name="epoch">0 to 65,535.</param>
    /// <param name="number">1 to 999,999,999.</param>
    /// <param name="minimumSequence">1 to 2,147,483,647.</param>
    /// <param name="issued">From 1970 to 2106.</param>
    /// <param name="expires">Later than <paramref name="issued"/>.</param>
    /// <returns>The floor, unsigned.</returns>
    /// <exception cref="FleetRecordException">A value is not within its limits.</exception>
    public static FloorRecord Of(
        string hardwareId, int epoch, int number, long minimumSequence, DateTimeOffset issued, DateTimeOffset expires)
    {
        long from = issued.ToUnixTimeSeconds();
        long until = expires.ToUnixTimeSeconds();
        string? fault = FindFault(hardwareId, epoch, number, minimumSequence, from, until);
        return fault is not null
            ? throw new FleetRecordException(fault)
            : new FloorRecord(
                hardwareId, epoch, number, (int)minimumSequence, (uint)from, (uint)until, new byte[SignatureLength]);
    }

    /// <summary>Reads a floor.</summary>
    /// <param name="bytes">104 bytes.</param>
    /// <returns>The floor; the signature is not checked.</returns>
    /// <exception cref="FleetRecordException">They are none.</exception>
    public static FloorRecord Parse(ReadOnlySpan<byte> bytes)
    {
        if (FindFault(bytes) is { } fault)
        {
            throw new FleetRecordException(fault);
        }

        string? hardwareId = Text(bytes.Slice(HardwareIdAt, TextLength));
        int epoch = BinaryPrimitives.ReadUInt16LittleEndian(bytes[EpochAt..]);
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NumberAt..]);
        uint minimum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[MinimumAt..]);
        uint issued = BinaryPrimitives.ReadUInt32LittleEndian(bytes[IssuedAt..]);
        uint expires = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ExpiresAt..]);
        return FindFault(hardwareId ?? string.Empty, epoch, number, minimum, issued, expires) is { } value
            ? throw new FleetRecordException(value)
            : new FloorRecord(
                hardwareId!, epoch, (int)number, (int)minimum, issued, expires, bytes.Slice(SignedLength, SignatureLength).ToArray());
    }

    /// <summary>Tells whether it is ahead of another place: the epoch counts first, then the number.</summary>
    /// <param name="epoch">Epoch of the other.</param>
    /// <param name="number">Number of the other.</param>
    /// <returns>It is later.</returns>
    public bool IsAfter(int epoch, int number) => Epoch > epoch || (Epoch == epoch && Number > number);

    /// <summary>Signs it.</summary>
    /// <param name="key">A key that boxes trust.</param>
    /// <returns>The same with a signature.</returns>
    public FloorRecord Sign(ReleaseKey key) => this with { Signature = key.Sign(SignedPart()) };

    /// <summary>Checks the signature as a box does.</summary>
    /// <param name="key">The public key.</param>
    /// <returns>It is the one of that key over exactly these values.</returns>
    public bool IsSignedBy(PublicKey key) => key.Verify(SignedPart(), Signature);

    /// <summary>Writes it.</summary>
    /// <returns>104 bytes.</returns>
    public byte[] ToBytes() => [.. SignedPart(), .. Signature];

    private static string? FindFault(string hardwareId, long epoch, long number, long minimum, long issued, long expires) =>
        hardwareId.Length is < 1 or >= TextLength || hardwareId.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? "its hardware id is no text of 1 to 15 characters"
        : epoch is < 0 or > KeyChangeRecord.MaxEpoch ? $"its epoch is not from 0 to {KeyChangeRecord.MaxEpoch}"
        : number is < 1 or > KeyChangeRecord.MaxNumber ? $"its number is not from 1 to {KeyChangeRecord.MaxNumber}"
        : minimum is < 1 or > int.MaxValue ? $"its minimum sequence is not from 1 to {int.MaxValue}"
        : issued is < 0 or > uint.MaxValue || expires > uint.MaxValue ? "its times are not from 1970 to 2106"
        : expires <= issued ? "it expires before it is issued"
        : null;

    private static string? FindFault(ReadOnlySpan<byte> bytes) =>
        bytes.Length != Length ? $"a fleet floor has {Length} bytes"
        : !bytes.StartsWith(Magic) ? "it does not begin with JBFL"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[FormatAt..]) != Format ? "its format is not 1: a newer tool made it"
        : null;

    /// <summary>A text of 16 bytes; <c>null</c> when it has no zero at its end, or holds something behind one.</summary>
    private static string? Text(ReadOnlySpan<byte> field)
    {
        int length = field.IndexOf((byte)0);
        return length > 0 && !field[length..].ContainsAnyExcept((byte)0) && !field[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? Encoding.ASCII.GetString(field[..length])
            : null;
    }

    private byte[] SignedPart()
    {
        var bytes = new byte[SignedLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(FormatAt), Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(EpochAt), (ushort)Epoch);
        Encoding.ASCII.GetBytes(HardwareId, bytes.AsSpan(HardwareIdAt, TextLength - 1));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(NumberAt), Number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(MinimumAt), MinimumSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(IssuedAt), Issued);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ExpiresAt), Expires);
        return bytes;
    }
}
