using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Images;

namespace JamBox.Bench.Signing;

/// <summary>
/// What the bench says about a release: for which hardware it is, and which bytes. 148 bytes, little-endian; the box checks the
/// signature over the first 84. (The server appends 72 bytes that say how to get there from another image.)
/// <code>
///   0  4  magic "JBMF"                      28  4  sequence
///   4  2  format, 1                         32 16  version, ASCII, zero-padded, at most 15
///   6  2  length of the signed part, 84     48  4  size of the image, bytes
///   8 16  hardware id, ASCII, zero-padded,  52 32  SHA-256 of the image
///         at most 15                        84 64  signature: ECDSA P-256 over SHA-256 of bytes 0 to 83,
///  24  4  native checksum                          r and s, big-endian; all zeros = unsigned
/// </code>
/// </summary>
/// <param name="HardwareId">The board that it is for, 1 to 15 characters.</param>
/// <param name="NativeChecksum">Checksum of the native methods that it needs.</param>
/// <param name="Sequence">Its place among the releases for that board: 1 to 2,147,483,647. A box takes only a greater one than its own.</param>
/// <param name="Version">How it is called, 1 to 15 characters.</param>
/// <param name="ImageSize">Length of the image, bytes.</param>
/// <param name="ImageSha256">SHA-256 of the image, 32 bytes.</param>
/// <param name="Signature">64 bytes; zeros while unsigned.</param>
internal sealed record ReleaseManifest(
    string HardwareId, uint NativeChecksum, int Sequence, string Version, int ImageSize, byte[] ImageSha256, byte[] Signature)
{
    /// <summary>Length of the part that is signed, bytes.</summary>
    public const int SignedLength = 84;

    /// <summary>Length with the signature, bytes.</summary>
    public const int Length = SignedLength + SignatureLength;

    /// <summary>Length of what a box gets: with the server's part, bytes.</summary>
    public const int OfferLength = 220;

    private const int SignatureLength = 64;
    private const int Format = 1;
    private const int TextLength = 16;
    private const int HardwareIdAt = 8;
    private const int NativeChecksumAt = 24;
    private const int SequenceAt = 28;
    private const int VersionAt = 32;
    private const int ImageSizeAt = 48;
    private const int ImageSha256At = 52;

    /// <summary>Whether there is a signature, right or wrong.</summary>
    public bool IsSigned => Signature.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Describes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="version">1 to 15 characters out of 0-9 A-Z a-z . + -.</param>
    /// <param name="sequence">1 to 2,147,483,647.</param>
    /// <param name="hardwareId">1 to 15 printable ASCII characters without blanks.</param>
    /// <returns>The manifest, unsigned.</returns>
    /// <exception cref="BenchException">A value is not within its limits.</exception>
    public static ReleaseManifest Of(DeploymentImage image, string version, long sequence, string hardwareId)
    {
        if (FindFault(version, sequence, hardwareId) is { } fault)
        {
            throw new BenchException(fault, ExitCode.BadInput);
        }

        return new ReleaseManifest(hardwareId, image.NativeChecksum, (int)sequence, version, image.Bytes.Length, image.Sha256, new byte[SignatureLength]);
    }

    /// <summary>Reads a manifest: the bench's 148 bytes, or the 220 that a box gets.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The manifest; the signature is not checked.</returns>
    /// <exception cref="ManifestException">They are none.</exception>
    public static ReleaseManifest Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (Length or OfferLength) || !bytes.StartsWith("JBMF"u8))
        {
            throw new ManifestException($"it is no manifest: that has {Length} bytes, or {OfferLength} as a box gets it, and begins with JBMF");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]) != Format || BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]) != SignedLength)
        {
            throw new ManifestException("its format is not 1: a newer tool made it");
        }

        var manifest = new ReleaseManifest(
            Text(bytes.Slice(HardwareIdAt, TextLength)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[NativeChecksumAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[SequenceAt..]),
            Text(bytes.Slice(VersionAt, TextLength)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[ImageSizeAt..]),
            bytes.Slice(ImageSha256At, SHA256.HashSizeInBytes).ToArray(),
            bytes.Slice(SignedLength, SignatureLength).ToArray());
        return manifest.ImageSize > 0 && FindFault(manifest.Version, manifest.Sequence, manifest.HardwareId) is null
            ? manifest
            : throw new ManifestException("it is damaged: its version, sequence, hardware id or image size is impossible");
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
    public string? FindDifference(DeploymentImage image)
    {
        if (ImageSize != image.Bytes.Length)
        {
            return $"the manifest is for an image of {ImageSize} bytes, this one has {image.Bytes.Length}";
        }

        if (!ImageSha256.AsSpan().SequenceEqual(image.Sha256))
        {
            return "the manifest is for an image with another SHA-256";
        }

        return NativeChecksum != image.NativeChecksum ? "the manifest names another native checksum than the image has" : null;
    }

    /// <summary>Writes it.</summary>
    /// <returns>148 bytes.</returns>
    public byte[] ToBytes() => [.. SignedPart(), .. Signature];

    private static string? FindFault(string version, long sequence, string hardwareId)
    {
        if (version.Length is < 1 or >= TextLength || !version.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-'))
        {
            return $"--version {version}: must be 1 to 15 characters out of 0-9 A-Z a-z . + -, such as 6.1.0";
        }

        if (hardwareId.Length is < 1 or >= TextLength || !hardwareId.All(static c => c is > ' ' and <= '~'))
        {
            return $"--hw {hardwareId}: must be 1 to 15 ASCII characters without blanks, such as {Releases.ReleaseOptions.DefaultHardwareId}";
        }

        return sequence is < 1 or > int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"--seq {sequence}: must be between 1 and {int.MaxValue}")
            : null;
    }

    /// <summary>A text that fills its field, or has something behind its end, gives one that no field can have.</summary>
    private static string Text(ReadOnlySpan<byte> field)
    {
        int length = field.IndexOf((byte)0);
        return length < 0 || field[length..].ContainsAnyExcept((byte)0) ? string.Empty : Encoding.Latin1.GetString(field[..length]);
    }

    private byte[] SignedPart()
    {
        var bytes = new byte[SignedLength];
        "JBMF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), SignedLength);
        Encoding.ASCII.GetBytes(HardwareId, bytes.AsSpan(HardwareIdAt, TextLength - 1));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(NativeChecksumAt), NativeChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(SequenceAt), Sequence);
        Encoding.ASCII.GetBytes(Version, bytes.AsSpan(VersionAt, TextLength - 1));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(ImageSizeAt), ImageSize);
        ImageSha256.CopyTo(bytes, ImageSha256At);
        return bytes;
    }
}
