using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// A key-change record as it comes from the backend: which keys of releases are trusted from now on, in the place of those before.
/// </summary>
/// <remarks>
/// Little-endian: 0 <c>JBKR</c> · 4 format 1 (2) · 6 epoch (2) · 8 number (4) · 12 first key (64) · 76 second key (64), zeros for none · 140
/// signer, 0 a key that is trusted before, 1 the recovery key · 141 zeros (3) · 144 signature (64).
/// </remarks>
public static class KeyChange
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = SignedSize + Manifest.SignatureSize;

    /// <summary>Bytes that the signature is over.</summary>
    public const int SignedSize = 144;

    /// <summary>Where the keys are.</summary>
    public const int KeysAt = 12;

    private const int EpochAt = 6;
    private const int NumberAt = 8;
    private const int SignerAt = 140;

    /// <summary>
    /// Tells whether it is a record of ours that could be followed. Whether to believe it is another question.
    /// </summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns><c>false</c> when it is not.</returns>
    public static bool IsWellFormed(byte[] bytes, int length)
    {
        if (length != Size || !Ascii.StartsWith(bytes, 0, Size, "JBKR") || bytes[4] != 1 || bytes[5] != 0 || bytes[SignerAt] > 1
            || (bytes[SignerAt + 1] | bytes[SignerAt + 2] | bytes[SignerAt + 3]) != 0)
        {
            return false;
        }

        // Only the recovery key may leave a box without any key, and a second one has a first one before it.
        bool isFirst = TrustedKeys.IsKey(bytes, KeysAt);
        bool isSecond = TrustedKeys.IsKey(bytes, KeysAt + TrustedKeys.KeySize);
        int number = Number(bytes);
        return number > 0 && number <= FleetName.MaxNumber && (isFirst || (!isSecond && IsRecovery(bytes)));
    }

    /// <summary>Gives its epoch.</summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <returns>0…65,535.</returns>
    public static int Epoch(byte[] bytes)
    {
        return bytes[EpochAt] + (bytes[EpochAt + 1] << 8);
    }

    /// <summary>Gives its number.</summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <returns>The number; of use when it is well-formed.</returns>
    public static int Number(byte[] bytes)
    {
        return ByteOrder.ReadInt(bytes, NumberAt);
    }

    /// <summary>Tells who signed it.</summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <returns><c>true</c> for the recovery key.</returns>
    public static bool IsRecovery(byte[] bytes)
    {
        return bytes[SignerAt] == 1;
    }
}
