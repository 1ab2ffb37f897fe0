using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamBox.Ota.Images;

namespace JamBox.Ota.Signing;

/// <summary>
/// What the bench says about a release, and what a box is told of it before it loads it. Little-endian; texts are ASCII, padded with zeros:
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
///  148    1    profile: R, L, H or E
///  149    1    flags: bit 0 = full image, from the empty base
///  150    2    chunks of 512 bytes, the last one shorter: 1 to 2048
///  152    4    patch size, bytes
///  156   32    SHA-256 of the patch
///  188   32    SHA-256 of the base image; zeros for a full image
/// </code>
/// Bytes 0 to 147 are made by the bench, once a release; the rest by the server, for each base and profile.
/// </summary>
/// <param name="HardwareId">The board that it is for, 1 to 15 characters.</param>
/// <param name="NativeChecksum">Checksum of the native methods that it needs; 0 = any nanoCLR.</param>
/// <param name="Sequence">Its place among the releases for that board: 1 to 2,147,483,647. A box takes only a greater one than its
/// own.</param>
/// <param name="Version">How it is called, 1 to 15 characters.</param>
/// <param name="ImageSize">Length of the image, bytes.</param>
/// <param name="ImageSha256">SHA-256 of the image, 32 bytes.</param>
/// <param name="Signature">64 bytes; zeros while unsigned.</param>
public sealed record ReleaseManifest(
    string HardwareId, uint NativeChecksum, int Sequence, string Version, int ImageSize, byte[] ImageSha256, byte[] Signature)
{
    /// <summary>Length of the part that is signed, bytes.</summary>
    public const int SignedLength = 84;

    /// <summary>Length with the signature, bytes: what the bench makes.</summary>
    public const int Length = SignedLength + SignatureLength;

    /// <summary>Length of what a box gets: with the server's part, bytes.</summary>
    public const int OfferLength = 220;

    /// <summary>Bytes of a chunk; the last one of a patch may have fewer.</summary>
    public const int ChunkLength = 512;

    /// <summary>Characters of a hardware id or version at most.</summary>
    public const int MaxTextLength = TextLength - 1;

    private const int SignatureLength = 64;
    private const int Format = 1;
    private const int FullFlag = 1;
    private const int TextLength = 16;
    private const int HardwareIdAt = 8;
    private const int NativeChecksumAt = 24;
    private const int SequenceAt = 28;
    private const int VersionAt = 32;
    private const int ImageSizeAt = 48;
    private const int ImageSha256At = 52;

    /// <summary>Whether there is a signature, right or wrong.</summary>
    public bool IsSigned => Signature.AsSpan().ContainsAnyExcept((byte)0);

    private static ReadOnlySpan<byte> Magic => "JBMF"u8;

    /// <summary>Describes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="version">1 to 15 characters out of 0-9 A-Z a-z . + -.</param>
    /// <param name="sequence">1 to 2,147,483,647.</param>
    /// <param name="hardwareId">1 to 15 printable ASCII characters without blanks.</param>
    /// <returns>The manifest, unsigned.</returns>
    /// <exception cref="ManifestException">A value is not within its limits.</exception>
    public static ReleaseManifest Of(DeploymentImage image, string version, long sequence, string hardwareId) =>
        FindFault(version, sequence, hardwareId) is { } fault
            ? throw new ManifestException(fault)
            : new ReleaseManifest(
                hardwareId, image.NativeChecksum, (int)sequence, version, image.Bytes.Length, image.Sha256, new byte[SignatureLength]);

    /// <summary>Describes an image by its figures.</summary>
    /// <param name="hardwareId">The board.</param>
    /// <param name="nativeChecksum">Checksum of the native methods that it needs.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="version">Its version.</param>
    /// <param name="imageSize">Its length, bytes.</param>
    /// <param name="imageSha256">Its SHA-256, 32 bytes.</param>
    /// <returns>The manifest, unsigned.</returns>
    public static ReleaseManifest Unsigned(string hardwareId, uint nativeChecksum, int sequence, string version, int imageSize,
        byte[] imageSha256) =>
        new(hardwareId, nativeChecksum, sequence, version, imageSize, imageSha256, new byte[SignatureLength]);

    /// <summary>Finds what is wrong with what somebody wants to call a release.</summary>
    /// <param name="version">The version.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="hardwareId">The board.</param>
    /// <returns>One sentence that begins with the name of the option of the bench tool; <c>null</c> when all is well.</returns>
    public static string? FindFault(string version, long sequence, string hardwareId) =>
        version.Length is < 1 or > MaxTextLength || !version.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-')
            ? $"--version {version}: must be 1 to 15 characters out of 0-9 A-Z a-z . + -, such as 6.1.0"
        : hardwareId.Length is < 1 or > MaxTextLength || !hardwareId.All(static c => c is > ' ' and <= '~')
            ? $"--hw {hardwareId}: must be 1 to 15 ASCII characters without blanks, such as atoms3-nb1"
        : sequence is < 1 or > int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"--seq {sequence}: must be between 1 and {int.MaxValue}")
        : null;

    /// <summary>Reads a manifest: the bench's 148 bytes, or the 220 that a box gets.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The manifest; the signature is not checked.</returns>
    /// <exception cref="ManifestException">They are none.</exception>
    public static ReleaseManifest Parse(ReadOnlySpan<byte> bytes) =>
        FindFault(bytes) is { } fault
            ? throw new ManifestException(fault)
            : new ReleaseManifest(
                Text(bytes[HardwareIdAt..])!,
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[NativeChecksumAt..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[SequenceAt..]),
                Text(bytes[VersionAt..])!,
                BinaryPrimitives.ReadInt32LittleEndian(bytes[ImageSizeAt..]),
                bytes.Slice(ImageSha256At, SHA256.HashSizeInBytes).ToArray(),
                bytes.Slice(SignedLength, SignatureLength).ToArray());

    /// <summary>Writes what devices get: a release's manifest, and which patch it is for.</summary>
    /// <param name="release">The 148 bytes.</param>
    /// <param name="profile">R, L, H or E.</param>
    /// <param name="size">Bytes of the patch.</param>
    /// <param name="sha256">SHA-256 of the patch, 32 bytes.</param>
    /// <param name="baseSha256">That of the base image; empty for a full image.</param>
    /// <returns>220 bytes.</returns>
    public static byte[] ForPatch(
        ReadOnlySpan<byte> release, char profile, int size, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> baseSha256)
    {
        byte[] bytes = new byte[OfferLength];
        release[..Length].CopyTo(bytes);
        bytes[148] = (byte)profile;
        bytes[149] = baseSha256.IsEmpty ? (byte)FullFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(150), checked((ushort)((size + ChunkLength - 1) / ChunkLength)));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(152), size);
        sha256.CopyTo(bytes.AsSpan(156));
        baseSha256.CopyTo(bytes.AsSpan(188));
        return bytes;
    }

    /// <summary>Signs it.</summary>
    /// <param name="key">The private key.</param>
    /// <returns>The same with a signature.</returns>
    public ReleaseManifest Sign(ReleaseKey key) => this with { Signature = key.Sign(SignedPart()) };

    /// <summary>Checks the signature as a box does.</summary>
    /// <param name="key">The public key.</param>
    /// <returns>It is the one of that key over exactly these values.</returns>
    public bool IsSignedBy(PublicKey key) => key.Verify(SignedPart(), Signature);

    /// <summary>Compares it with an image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>What does not fit, or <c>null</c> when it describes just this one.</returns>
    public string? FindDifference(DeploymentImage image) =>
        ImageSize != image.Bytes.Length ? $"the manifest is for an image of {ImageSize} bytes, this one has {image.Bytes.Length}"
        : !ImageSha256.AsSpan().SequenceEqual(image.Sha256) ? "the manifest is for an image with another SHA-256"
        : NativeChecksum != image.NativeChecksum ? "the manifest names another native checksum than the image has"
        : null;

    /// <summary>Writes it.</summary>
    /// <returns>148 bytes.</returns>
    public byte[] ToBytes() => [.. SignedPart(), .. Signature];

    private static string? FindFault(ReadOnlySpan<byte> bytes) =>
        bytes.Length is not (Length or OfferLength) ? $"a manifest has {Length} bytes, or {OfferLength} as a box gets it"
        : !bytes.StartsWith(Magic) ? "it does not begin with JBMF"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) != Format ? "its format is not 1: a newer tool made it"
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != SignedLength ? $"its signed part has not {SignedLength} bytes"
        : Text(bytes[HardwareIdAt..]) is null ? "its hardware id is no text of 1 to 15 characters"
        : Text(bytes[VersionAt..]) is null ? "its version is no text of 1 to 15 characters"
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[SequenceAt..]) < 1 ? $"its sequence is not from 1 to {int.MaxValue}"
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[ImageSizeAt..]) is < 1 or > DeploymentImage.MaxLength ? "its image does not fit the partition"
        : null;

    /// <summary>
    /// A text of 16 bytes; <c>null</c> when it is empty, has no zero at its end, holds something after it, or blanks and worse.
    /// </summary>
    private static string? Text(ReadOnlySpan<byte> field)
    {
        field = field[..TextLength];
        int length = field.IndexOf((byte)0);
        return length > 0 && !field[length..].ContainsAnyExcept((byte)0) && !field[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? Encoding.ASCII.GetString(field[..length])
            : null;
    }

    private static void WriteText(Span<byte> field, string text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, MaxTextLength);
        Encoding.ASCII.GetBytes(text, field);
    }

    private byte[] SignedPart()
    {
        var bytes = new byte[SignedLength];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), SignedLength);
        WriteText(bytes.AsSpan(HardwareIdAt), HardwareId);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(NativeChecksumAt), NativeChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SequenceAt), Sequence);
        WriteText(bytes.AsSpan(VersionAt), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(ImageSizeAt), ImageSize);
        ImageSha256.CopyTo(bytes, ImageSha256At);
        return bytes;
    }
}

/// <summary>What was given is no manifest of a release, or none that can be made.</summary>
/// <param name="message">What is wrong.</param>
public sealed class ManifestException(string message) : FormatException(message);
