using System.Buffers.Binary;
using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>Finds known secrets, and pieces of them of eight bytes and more.</summary>
internal sealed class SecretMask
{
    private const int PieceLength = 8;

    private readonly HashSet<ulong> _pieces = [];

    /// <summary>Initializes a new instance of the <see cref="SecretMask"/> class.</summary>
    /// <param name="secrets">The secrets; those shorter than eight bytes cannot be told from anything else and are ignored.</param>
    public SecretMask(IEnumerable<string> secrets)
    {
        foreach (string secret in secrets)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(secret);
            for (int i = 0; i + PieceLength <= bytes.Length; i++)
            {
                _pieces.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i)));
            }
        }
    }

    /// <summary>Looks at a piece of text.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="isMasked">Set where a byte must not be shown.</param>
    public void Apply(ReadOnlySpan<byte> bytes, bool[] isMasked)
    {
        for (int i = 0; _pieces.Count > 0 && i + PieceLength <= bytes.Length; i++)
        {
            if (_pieces.Contains(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..])))
            {
                Array.Fill(isMasked, true, i, PieceLength);
            }
        }
    }
}
