using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// What the backend says about a release, and about the patch that leads to it. The first 84 bytes are signed by whoever made the
/// release; the rest comes from the backend, and a lie in it can only lead to a hash that does not match.
/// </summary>
/// <remarks>
/// Little-endian: 0 <c>JBMF</c> · 4 format 1 (2) · 6 length of the signed part, 84 (2) · 8 hardware id (16) · 24 native checksum · 28
/// sequence · 32 version (16) · 48 image size · 52 image SHA-256 (32) · 84 signature, r and s big-endian (64) · 148 profile
/// <c>R</c>, <c>L</c>, <c>H</c> or <c>E</c> ·
/// 149 flags, bit 0: a full image, made from nothing · 150 chunks (2) · 152 patch size · 156 patch SHA-256 (32) · 188 base SHA-256 (32).
/// </remarks>
public sealed class Manifest
{
    /// <summary>Bytes of a manifest.</summary>
    public const int Size = 220;

    /// <summary>Bytes that the signature is over.</summary>
    public const int SignedSize = 84;

    /// <summary>Where the hardware id is.</summary>
    public const int HardwareAt = 8;

    /// <summary>Bytes of hardware id and version; both end with a zero at least.</summary>
    public const int TextSize = 16;

    /// <summary>Where the version is.</summary>
    public const int VersionAt = 32;

    /// <summary>Where the image's SHA-256 is.</summary>
    public const int ImageHashAt = 52;

    /// <summary>Where the signature is.</summary>
    public const int SignatureAt = 84;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = 64;

    /// <summary>Where the patch's SHA-256 is.</summary>
    public const int PatchHashAt = 156;

    /// <summary>Where the base image's SHA-256 is.</summary>
    public const int BaseHashAt = 188;

    private const int FormatAt = 4;
    private const int SignedSizeAt = 6;
    private const int NativeChecksumAt = 24;
    private const int SequenceAt = 28;
    private const int ImageSizeAt = 48;
    private const int ProfileAt = 148;
    private const int FlagsAt = 149;
    private const int ChunksAt = 150;
    private const int PatchSizeAt = 152;
    private const int Format = 1;
    private const int FlagFull = 1;

    /// <param name="bytes">Where it lies, from index 0; read whenever something is asked for.</param>
    public Manifest(byte[] bytes)
    {
        Bytes = bytes;
    }

    /// <summary>Gets where it lies.</summary>
    public byte[] Bytes { get; }

    /// <summary>Gets which nanoCLR the image needs; 0 for any.</summary>
    public int NativeChecksum => ByteOrder.ReadInt(Bytes, NativeChecksumAt);

    /// <summary>Gets the place of the release among those for the same hardware.</summary>
    public int Sequence => ByteOrder.ReadInt(Bytes, SequenceAt);

    /// <summary>Gets the bytes of the image.</summary>
    public int ImageSize => ByteOrder.ReadInt(Bytes, ImageSizeAt);

    /// <summary>Gets a value indicating whether the patch makes the image from nothing.</summary>
    public bool IsFull => (Bytes[FlagsAt] & FlagFull) != 0;

    /// <summary>Gets the chunks of the patch.</summary>
    public int Chunks => Bytes[ChunksAt] + (Bytes[ChunksAt + 1] << 8);

    /// <summary>Gets the bytes of the patch.</summary>
    public int PatchSize => ByteOrder.ReadInt(Bytes, PatchSizeAt);

    /// <summary>Tells whether it is a manifest of ours, and its parts fit each other. Whether to believe it is another question.</summary>
    /// <returns><c>false</c> when it is not.</returns>
    public bool IsWellFormed()
    {
        int profile = Bytes[ProfileAt];
        int patch = PatchSize;
        return Ascii.StartsWith(Bytes, 0, Size, "JBMF")
            && Bytes[FormatAt] == Format && Bytes[FormatAt + 1] == 0
            && Bytes[SignedSizeAt] == SignedSize && Bytes[SignedSizeAt + 1] == 0
            && IsText(HardwareAt) && IsText(VersionAt)
            && Sequence > 0 && ImageSize > 0
            && (profile == (byte)'R' || profile == (byte)'L' || profile == (byte)'H' || profile == (byte)'E')
            && (Bytes[FlagsAt] & ~FlagFull) == 0
            && patch > 0 && Chunks > 0 && Chunks == (int)(((long)patch + PatchStore.ChunkSize - 1) / PatchStore.ChunkSize);
    }

    /// <summary>Tells whether the image is for a board.</summary>
    /// <param name="hardwareId">The board's id, ASCII.</param>
    /// <returns><c>true</c> when it is.</returns>
    public bool IsFor(byte[] hardwareId)
    {
        return IsHardware(Bytes, HardwareAt, hardwareId);
    }

    /// <summary>Tells whether a field of 16 bytes names a board.</summary>
    /// <param name="bytes">Where the field lies.</param>
    /// <param name="offset">Its first index.</param>
    /// <param name="hardwareId">The board's id, ASCII.</param>
    /// <returns><c>true</c> when it does.</returns>
    public static bool IsHardware(byte[] bytes, int offset, byte[] hardwareId)
    {
        return hardwareId.Length < TextSize
            && Ascii.StartsWith(bytes, offset, offset + TextSize, hardwareId)
            && bytes[offset + hardwareId.Length] == 0;
    }

    /// <summary>
    /// One printable character or more, then zeros, one at least. Quotes and backslashes would break the JSON that bears it.
    /// </summary>
    private bool IsText(int at)
    {
        int length = 0;
        while (length < TextSize
            && Bytes[at + length] > 32
            && Bytes[at + length] < 127
            && Bytes[at + length] != (byte)'"'
            && Bytes[at + length] != (byte)'\\')
        {
            length++;
        }

        for (int i = length; i < TextSize; i++)
        {
            if (Bytes[at + i] != 0)
            {
                return false;
            }
        }

        return length > 0 && length < TextSize;
    }
}

/// <summary>
/// Decides whether a manifest is to be believed and followed (docs/ota.md): before the download, and again before the patch
/// is applied.
/// </summary>
public sealed class ManifestCheck
{
    private readonly UpdateContext _context;

    /// <param name="context">What the steps share; used when something is checked.</param>
    public ManifestCheck(UpdateContext context)
    {
        _context = context;
    }

    /// <summary>
    /// Checks everything. The signature goes first: before it holds, nothing that it covers says anything about the release.
    /// </summary>
    /// <param name="manifest">The manifest.</param>
    /// <returns><see cref="OtaReason.None"/> when it is to be followed.</returns>
    public OtaReason Check(Manifest manifest)
    {
        if (!manifest.IsWellFormed())
        {
            return OtaReason.Manifest;
        }

        if (_context.Keys.Count == 0)
        {
            return OtaReason.NoKey;
        }

        if (!_context.Keys.HasSigned(manifest.Bytes, Manifest.SignedSize))
        {
            return OtaReason.Signature;
        }

        if (!manifest.IsFor(_context.HardwareId))
        {
            return OtaReason.Hardware;
        }

        if (manifest.NativeChecksum != _context.Image.NativeChecksum)
        {
            return OtaReason.Native;
        }

        if (manifest.Sequence <= _context.Own.Sequence)
        {
            return OtaReason.Sequence;
        }

        if (manifest.Sequence < _context.Floor.MinimumSequence)
        {
            return OtaReason.Floor;
        }

        if (!manifest.IsFull && !Hash.AreEqual(manifest.Bytes, Manifest.BaseHashAt, _context.Image.Sha256, 0))
        {
            return OtaReason.Base;
        }

        return manifest.ImageSize > _context.Slots.Stage.Length
            || manifest.ImageSize > _context.Slots.Deploy.Length
            || manifest.PatchSize > _context.Patch.Capacity
            ? OtaReason.Size
            : OtaReason.None;
    }
}

/// <summary>SHA-256 as bytes.</summary>
public static class Hash
{
    /// <summary>Bytes per hash.</summary>
    public const int Size = 32;

    /// <summary>Tells whether two hashes are the same.</summary>
    /// <param name="a">The first lies here.</param>
    /// <param name="aOffset">Its first index.</param>
    /// <param name="b">The second lies here.</param>
    /// <param name="bOffset">Its first index.</param>
    /// <returns><c>true</c> when all 32 bytes are equal.</returns>
    public static bool AreEqual(byte[] a, int aOffset, byte[] b, int bOffset)
    {
        for (int i = 0; i < Size; i++)
        {
            if (a[aOffset + i] != b[bOffset + i])
            {
                return false;
            }
        }

        return true;
    }
}
