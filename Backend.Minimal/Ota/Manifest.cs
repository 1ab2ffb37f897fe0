using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Ota;

/// <summary>
/// What a device is told of a release before it loads it. Little-endian; texts are ASCII, padded with zeros:
/// <code>
///   at  bytes  field
///    0    4    magic "JBMF"
///    4    2    format: 1
///    6    2    length of the signed part: 84
///    8   16    hardware id, at most 15 characters
///   24    4    native checksum
///   28    4    sequence, 1 to 2^31 − 1
///   32   16    version, at most 15 characters
///   48    4    image size, bytes
///   52   32    SHA-256 of the image
///   84   64    signature: ECDSA P-256 over the SHA-256 of bytes 0 to 83; r and s, high byte first. All zeros = unsigned
///  148    1    profile: L, H or E
///  149    1    flags: bit 0 = full image, from the empty base
///  150    2    chunks of 512 bytes, the last one shorter: 1 to 2048
///  152    4    patch size, bytes
///  156   32    SHA-256 of the patch
///  188   32    SHA-256 of the base image; zeros for a full image
/// </code>
/// Bytes 0 to 147 are made by the bench, once a release; the rest by the server, for each base and profile.
/// </summary>
public sealed class Manifest
{
    /// <summary>Bytes that the signature covers.</summary>
    public const int SignedBytes = 84;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureBytes = 64;

    /// <summary>Bytes of the signed manifest: what the bench makes.</summary>
    public const int ReleaseBytes = SignedBytes + SignatureBytes;

    /// <summary>Bytes in all: what devices get.</summary>
    public const int TotalBytes = 220;

    /// <summary>Bytes of a public key: X and Y, high byte first.</summary>
    public const int PublicKeyBytes = 64;

    /// <summary>Characters of a hardware id or version at most.</summary>
    public const int MaxTextChars = 15;

    private const int Format = 1;
    private const int TextBytes = 16;
    private const int FullFlag = 1;

    /// <summary>Hardware id.</summary>
    public required string Hardware { get; init; }

    /// <summary>Checksum of the native methods: the nanoCLR that the image needs; 0 = any.</summary>
    public required uint NativeChecksum { get; init; }

    /// <summary>Sequence, 1 to 2^31 − 1.</summary>
    public required int Sequence { get; init; }

    /// <summary>Version.</summary>
    public required string Version { get; init; }

    /// <summary>Image size, bytes.</summary>
    public required int ImageSize { get; init; }

    /// <summary>SHA-256 of the image, 32 bytes.</summary>
    public required byte[] ImageSha256 { get; init; }

    /// <summary>Signature, 64 bytes; all zeros = unsigned.</summary>
    public byte[] Signature { get; init; } = new byte[SignatureBytes];

    /// <summary>Whether it bears a signature, right or wrong.</summary>
    public bool IsSigned => Signature.AsSpan().ContainsAnyExcept((byte)0);

    private static ReadOnlySpan<byte> Magic => "JBMF"u8;

    /// <summary>Reads a signed manifest: its first 148 bytes.</summary>
    /// <param name="bytes">The bytes, no more and no less.</param>
    /// <param name="fault">What is wrong with it; null when all is well. The signature is not checked.</param>
    /// <returns>The manifest; null when something is wrong.</returns>
    public static Manifest? Read(ReadOnlySpan<byte> bytes, out string? fault)
    {
        fault = FindFault(bytes);
        if (fault is not null)
        {
            return null;
        }

        return new Manifest
        {
            Hardware = Text(bytes[8..])!,
            NativeChecksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
            Sequence = BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]),
            Version = Text(bytes[32..])!,
            ImageSize = BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]),
            ImageSha256 = bytes.Slice(52, SHA256.HashSizeInBytes).ToArray(),
            Signature = bytes.Slice(SignedBytes, SignatureBytes).ToArray(),
        };
    }

    /// <summary>Writes the 148 bytes that the bench makes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[ReleaseBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), SignedBytes);
        WriteText(bytes.AsSpan(8), Hardware);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), NativeChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), Sequence);
        WriteText(bytes.AsSpan(32), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(48), ImageSize);
        ImageSha256.CopyTo(bytes.AsSpan(52));
        Signature.CopyTo(bytes.AsSpan(SignedBytes));
        return bytes;
    }

    /// <summary>Writes what devices get: a signed manifest, and which patch it is for.</summary>
    /// <param name="release">The 148 bytes.</param>
    /// <param name="profile">L, H or E.</param>
    /// <param name="size">Bytes of the patch; a chunk has 512.</param>
    /// <param name="sha256">SHA-256 of the patch, 32 bytes.</param>
    /// <param name="baseSha256">That of the base image; empty for a full image.</param>
    /// <returns>220 bytes.</returns>
    public static byte[] ForPatch(ReadOnlySpan<byte> release, char profile, int size, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> baseSha256)
    {
        byte[] bytes = new byte[TotalBytes];
        release[..ReleaseBytes].CopyTo(bytes);
        bytes[148] = (byte)profile;
        bytes[149] = baseSha256.IsEmpty ? (byte)FullFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(150), checked((ushort)OtaText.Chunks(size)));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(152), size);
        sha256.CopyTo(bytes.AsSpan(156));
        baseSha256.CopyTo(bytes.AsSpan(188));
        return bytes;
    }

    /// <summary>Whether the signature is right.</summary>
    /// <param name="publicKey">X and Y, 64 bytes.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> publicKey)
    {
        using ECDsa key = KeyOf(publicKey);
        return key.VerifyData(ToBytes().AsSpan(0, SignedBytes), Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Makes a public key from its bytes.</summary>
    /// <param name="publicKey">X and Y, 64 bytes, high byte first.</param>
    /// <exception cref="CryptographicException">It is no point of the curve.</exception>
    public static ECDsa KeyOf(ReadOnlySpan<byte> publicKey) => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = publicKey[..32].ToArray(), Y = publicKey[32..].ToArray() },
    });

    private static string? FindFault(ReadOnlySpan<byte> bytes) =>
        bytes.Length != ReleaseBytes ? string.Create(CultureInfo.InvariantCulture, $"A manifest has {ReleaseBytes} bytes")
        : !bytes.StartsWith(Magic) ? "It does not begin with JBMF"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) != Format ? "Its format is not 1"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != SignedBytes ? "Its signed part has not 84 bytes"
        : Text(bytes[8..]) is null ? "Its hardware id is no text of 1 to 15 characters"
        : Text(bytes[32..]) is null ? "Its version is no text of 1 to 15 characters"
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[28..]) < 1 ? "Its sequence is not from 1 to 2147483647"
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]) is < 1 or > DeploymentImage.MaxBytes ? "Its image does not fit the partition"
        : null;

    /// <summary>A text of 16 bytes; null when it is empty, has no zero at its end, holds something after it, or blanks and worse.</summary>
    private static string? Text(ReadOnlySpan<byte> field)
    {
        field = field[..TextBytes];
        int length = field.IndexOf((byte)0);
        return length > 0 && !field[length..].ContainsAnyExcept((byte)0) && !field[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? Encoding.ASCII.GetString(field[..length])
            : null;
    }

    private static void WriteText(Span<byte> field, string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxTextChars);
        Encoding.ASCII.GetBytes(text, field);
    }
}
