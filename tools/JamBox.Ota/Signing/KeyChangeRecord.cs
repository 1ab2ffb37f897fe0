using System.Buffers.Binary;
using System.Globalization;

namespace JamBox.Ota.Signing;

/// <summary>
/// Says which keys of releases boxes trust from now on, in the place of those before. Little-endian:
/// <code>
///   at  bytes  field
///    0    4    magic "JBKR"
///    4    2    format: 1
///    6    2    epoch, 0 to 65535
///    8    4    number, 1 to 999,999,999
///   12   64    first key: X, then Y, high byte first; zeros = none
///   76   64    second key; zeros = none
///  140    1    who signed it: 0 = a key that is trusted before, 1 = the recovery key
///  141    3    zeros
///  144   64    signature: ECDSA P-256 over the SHA-256 of bytes 0 to 143; r and s, high byte first. All zeros = unsigned
/// </code>
/// A box takes one that is ahead of its own, the epoch first and then the number; only the recovery key can raise the epoch.
/// </summary>
/// <param name="Epoch">How often the recovery key has intervened, 0 to 65,535.</param>
/// <param name="Number">Its place among the changes of that epoch, 1 to 999,999,999.</param>
/// <param name="Keys">The keys, at most two and different; none only by the recovery key: then no release is taken.</param>
/// <param name="IsRecovery">Whether the recovery key signs it.</param>
/// <param name="Signature">64 bytes; zeros while unsigned.</param>
public sealed record KeyChangeRecord(int Epoch, int Number, IReadOnlyList<PublicKey> Keys, bool IsRecovery, byte[] Signature)
{
    /// <summary>Length of the part that is signed, bytes.</summary>
    public const int SignedLength = 144;

    /// <summary>Length with the signature, bytes.</summary>
    public const int Length = SignedLength + SignatureLength;

    /// <summary>Keys at most.</summary>
    public const int MaxKeys = 2;

    /// <summary>The greatest epoch.</summary>
    public const int MaxEpoch = ushort.MaxValue;

    /// <summary>The greatest number: what a box reads in an answer has nine digits at most.</summary>
    public const int MaxNumber = 999_999_999;

    private const int SignatureLength = 64;
    private const int KeyLength = 64;
    private const int Format = 1;
    private const int FormatAt = 4;
    private const int EpochAt = 6;
    private const int NumberAt = 8;
    private const int KeysAt = 12;
    private const int SignerAt = 140;

    /// <summary>Whether there is a signature, right or wrong.</summary>
    public bool IsSigned => Signature.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Epoch and number as answers to boxes name them, such as <c>0.3</c>.</summary>
    public string Name => NameOf(Epoch, Number);

    private static ReadOnlySpan<byte> Magic => "JBKR"u8;

    /// <summary>Names a record.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="number">Its number.</param>
    /// <returns>Such as <c>0.3</c>.</returns>
    public static string NameOf(int epoch, int number) => string.Create(CultureInfo.InvariantCulture, $"{epoch}.{number}");

    /// <summary>Reads a name.</summary>
    /// <param name="name">Such as <c>0.3</c>; <c>0.0</c> is before all records.</param>
    /// <param name="epoch">0 to 65,535.</param>
    /// <param name="number">0 to 999,999,999.</param>
    /// <returns><c>false</c> when it is none.</returns>
    public static bool TryParseName(string name, out int epoch, out int number)
    {
        number = 0;
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return int.TryParse(dot < 0 ? name : name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out epoch)
            && epoch <= MaxEpoch
            && dot > 0
            && int.TryParse(name[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number <= MaxNumber;
    }

    /// <summary>Makes a record.</summary>
    /// <param name="epoch">0 to 65,535.</param>
    /// <param name="number">1 to 999,999,999.</param>
    /// <param name="keys">At most two, different.</param>
    /// <param name="isRecovery">Whether the recovery key is to sign it.</param>
    /// <returns>The record, unsigned.</returns>
    /// <exception cref="FleetRecordException">A value is not within its limits.</exception>
    public static KeyChangeRecord Of(int epoch, int number, IReadOnlyList<PublicKey> keys, bool isRecovery) =>
        FindFault(epoch, number, keys, isRecovery) is { } fault
            ? throw new FleetRecordException(fault)
            : new KeyChangeRecord(epoch, number, keys, isRecovery, new byte[SignatureLength]);

    /// <summary>Reads a record.</summary>
    /// <param name="bytes">208 bytes.</param>
    /// <returns>The record; the signature is not checked.</returns>
    /// <exception cref="FleetRecordException">They are none.</exception>
    public static KeyChangeRecord Parse(ReadOnlySpan<byte> bytes)
    {
        if (FindFault(bytes) is { } fault)
        {
            throw new FleetRecordException(fault);
        }

        int epoch = BinaryPrimitives.ReadUInt16LittleEndian(bytes[EpochAt..]);
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(bytes[NumberAt..]);
        bool isRecovery = bytes[SignerAt] == 1;
        IReadOnlyList<PublicKey> keys = ReadKeys(bytes);
        return FindFault(epoch, number, keys, isRecovery) is { } value
            ? throw new FleetRecordException(value)
            : new KeyChangeRecord(epoch, (int)number, keys, isRecovery, bytes.Slice(SignedLength, SignatureLength).ToArray());
    }

    /// <summary>Tells whether it is ahead of another place: the epoch counts first, then the number.</summary>
    /// <param name="epoch">Epoch of the other.</param>
    /// <param name="number">Number of the other.</param>
    /// <returns>It is later.</returns>
    public bool IsAfter(int epoch, int number) => Epoch > epoch || (Epoch == epoch && Number > number);

    /// <summary>Signs it.</summary>
    /// <param name="key">A key that is trusted before, or the recovery key, as <see cref="IsRecovery"/> says.</param>
    /// <returns>The same with a signature.</returns>
    public KeyChangeRecord Sign(ReleaseKey key) => this with { Signature = key.Sign(SignedPart()) };

    /// <summary>Checks the signature as a box does.</summary>
    /// <param name="key">The public key.</param>
    /// <returns>It is the one of that key over exactly these values.</returns>
    public bool IsSignedBy(PublicKey key) => key.Verify(SignedPart(), Signature);

    /// <summary>Writes it.</summary>
    /// <returns>208 bytes.</returns>
    public byte[] ToBytes() => [.. SignedPart(), .. Signature];

    private static string? FindFault(long epoch, long number, IReadOnlyList<PublicKey> keys, bool isRecovery) =>
        epoch is < 0 or > MaxEpoch ? $"its epoch is not from 0 to {MaxEpoch}"
        : number is < 1 or > MaxNumber ? $"its number is not from 1 to {MaxNumber}"
        : keys.Count > MaxKeys ? $"it has more than {MaxKeys} keys"
        : keys.Count == MaxKeys && keys[0].Hex == keys[1].Hex ? "it has the same key twice"
        : keys.Count == 0 && !isRecovery ? "it leaves no key: only the recovery key can do that"
        : null;

    private static string? FindFault(ReadOnlySpan<byte> bytes) =>
        bytes.Length != Length ? $"a key-change record has {Length} bytes"
        : !bytes.StartsWith(Magic) ? "it does not begin with JBKR"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[FormatAt..]) != Format ? "its format is not 1: a newer tool made it"
        : bytes[SignerAt] > 1 ? "it does not say whether a trusted key or the recovery key signed it"
        : bytes[(SignerAt + 1)..SignedLength].ContainsAnyExcept((byte)0) ? "it holds something where zeros must be"
        : null;

    private static List<PublicKey> ReadKeys(ReadOnlySpan<byte> bytes)
    {
        var keys = new List<PublicKey>(MaxKeys);
        bool isGap = false;
        for (int i = 0; i < MaxKeys; i++)
        {
            ReadOnlySpan<byte> key = bytes.Slice(KeysAt + (i * KeyLength), KeyLength);
            if (!key.ContainsAnyExcept((byte)0))
            {
                isGap = true;
                continue;
            }

            if (isGap)
            {
                throw new FleetRecordException("it has a second key and no first one");
            }

            try
            {
                keys.Add(PublicKey.FromBytes(key));
            }
            catch (KeyException)
            {
                throw new FleetRecordException("one of its keys is no point of P-256");
            }
        }

        return keys;
    }

    private byte[] SignedPart()
    {
        var bytes = new byte[SignedLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(FormatAt), Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(EpochAt), (ushort)Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(NumberAt), Number);
        for (int i = 0; i < Keys.Count; i++)
        {
            Keys[i].ToBytes().CopyTo(bytes, KeysAt + (i * KeyLength));
        }

        bytes[SignerAt] = IsRecovery ? (byte)1 : (byte)0;
        return bytes;
    }
}

/// <summary>What was given is no key-change record or fleet floor, or none that can be made.</summary>
/// <param name="message">What is wrong.</param>
public sealed class FleetRecordException(string message) : FormatException(message);
