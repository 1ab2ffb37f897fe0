using System.Text;
using JamBox.Tests.Ota;
using JamBox.Uplink;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>The backend's half of authenticated answers, by <see cref="FakeCrypto"/>, written apart from the box's; and who forges them.</summary>
internal static class MacFake
{
    private static readonly string s_end = "\r\n\r\n";

    /// <summary>A key, 32 bytes.</summary>
    /// <param name="seed">Which.</param>
    /// <returns>The key.</returns>
    public static byte[] Key(int seed)
    {
        var key = new byte[AnswerMac.KeySize];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)((i * 11) + seed);
        }

        return key;
    }

    /// <summary>Gives the MAC of an answer.</summary>
    /// <returns>Eight bytes.</returns>
    public static byte[] MacOf(byte[] key, string deviceId, byte[] nonce, string target, string status, byte[] body, int bodyAt)
    {
        byte[] id = Ascii.Bytes(deviceId);
        byte[] path = Ascii.Bytes(target);
        byte[] digits = Ascii.Bytes(status);
        var all = new byte[id.Length + 1 + nonce.Length + path.Length + 1 + digits.Length + body.Length - bodyAt];
        int at = Append(all, 0, id, 0) + 1;
        at = Append(all, at, nonce, 0);
        at = Append(all, at, path, 0) + 1;
        at = Append(all, at, digits, 0);
        Append(all, at, body, bodyAt);
        byte[] whole = FakeCrypto.MacOf(key, all, 0, all.Length);
        var mac = new byte[AnswerMac.Size];
        System.Array.Copy(whole, mac, mac.Length);
        return mac;
    }

    /// <summary>Puts header <c>M</c> into an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="key">The box's key.</param>
    /// <param name="deviceId">Its id.</param>
    /// <param name="head">Head of its request, with <c>N</c>.</param>
    /// <returns>The answer with its MAC.</returns>
    public static byte[] Sign(byte[] answer, byte[] key, string deviceId, string head)
    {
        int blank = head.IndexOf(" ") + 1;
        string target = head.Substring(blank, head.IndexOf(" HTTP/1.1") - blank);
        string text = Encoding.UTF8.GetString(answer, 0, answer.Length);
        byte[] nonce = FromHex(head.Substring(head.IndexOf("\r\nN: ") + 5, 2 * AnswerMac.NonceSize));
        byte[] mac = MacOf(key, deviceId, nonce, target, text.Substring(9, 3), answer, BodyAt(answer));
        return Put(answer, "M: " + Hex(mac) + "\r\n");
    }

    /// <summary>What somebody on the line makes of an answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="how">strip = without M; byte = one byte of the body is another; status = a 2xx is another; mac = another M;
    /// zeros = M of zeros; short = M with a digit less.</param>
    /// <returns>What arrives.</returns>
    public static byte[] Forge(byte[] answer, string how)
    {
        if (how == "byte")
        {
            answer[answer.Length - 2] ^= 1;
            return answer;
        }

        if (how == "status")
        {
            answer[11] = (byte)(answer[11] == (byte)'3' ? '2' : '3');
            return answer;
        }

        int at = Encoding.UTF8.GetString(answer, 0, BodyAt(answer)).IndexOf("M: ");
        if (at < 0)
        {
            return answer;
        }

        if (how == "mac")
        {
            answer[at + 3] = (byte)(answer[at + 3] == (byte)'0' ? '1' : '0');
        }
        else if (how == "zeros")
        {
            for (int i = 0; i < 2 * AnswerMac.Size; i++)
            {
                answer[at + 3 + i] = (byte)'0';
            }
        }
        else if (how == "short")
        {
            answer[at + 2 + (2 * AnswerMac.Size)] = (byte)' ';
        }
        else
        {
            answer[at] = (byte)'X';
        }

        return answer;
    }

    /// <summary>Hexadecimal digits, small.</summary>
    /// <returns>Two a byte.</returns>
    public static string Hex(byte[] bytes)
    {
        var text = new byte[2 * bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[2 * i] = Ascii.HexDigit(bytes[i] >> 4, false);
            text[(2 * i) + 1] = Ascii.HexDigit(bytes[i] & 15, false);
        }

        return Encoding.UTF8.GetString(text, 0, text.Length);
    }

    private static byte[] FromHex(string text)
    {
        byte[] digits = Ascii.Bytes(text);
        var bytes = new byte[digits.Length / 2];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((Ascii.HexValue(digits[2 * i]) * 16) + Ascii.HexValue(digits[(2 * i) + 1]));
        }

        return bytes;
    }

    private static int BodyAt(byte[] answer)
    {
        return Ascii.IndexOf(answer, 0, answer.Length, Ascii.Bytes(s_end)) + 4;
    }

    private static byte[] Put(byte[] answer, string line)
    {
        byte[] bytes = Ascii.Bytes(line);
        int at = BodyAt(answer) - 2;
        var whole = new byte[answer.Length + bytes.Length];
        System.Array.Copy(answer, whole, at);
        System.Array.Copy(bytes, 0, whole, at, bytes.Length);
        System.Array.Copy(answer, at, whole, at + bytes.Length, answer.Length - at);
        return whole;
    }

    private static int Append(byte[] all, int at, byte[] part, int from)
    {
        System.Array.Copy(part, from, all, at, part.Length - from);
        return at + part.Length - from;
    }
}
