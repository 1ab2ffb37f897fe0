using JamBox.Text;

namespace JamBox.Tests.Modem;

/// <summary>NUL bytes in tests: strings of nanoFramework end at one, so that U+0001 stands for them.</summary>
internal static class Nul
{
    /// <summary>Encodes text.</summary>
    /// <param name="text">ASCII text; U+0001 stands for NUL.</param>
    /// <returns>Its bytes.</returns>
    public static byte[] Bytes(string text)
    {
        byte[] bytes = Ascii.Bytes(text);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 1)
            {
                bytes[i] = 0;
            }
        }

        return bytes;
    }
}
