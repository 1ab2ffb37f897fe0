namespace JamBox.Text;

/// <summary>
/// Dates as they stand on the wire (<c>2026-01-29T10:04:59Z</c>), converted without <c>DateTime</c>, which allocates its text.
/// Gregorian calendar by Hinnant's <i>days from civil</i>.
/// </summary>
public static class UtcTime
{
    /// <summary>Seconds from 1970-01-01 to 2000-01-01, from which readings count so that 32 bits last until 2068.</summary>
    public const int SecondsTo2000 = 946684800;

    private const int SecondsTo2020 = 1577836800;
    private const long SecondsTo2068 = 3092601600;
    private const int SecondsADay = 86400;
    private const int DaysTo1970 = 719468;
    private const int DaysAnEra = 146097;

    /// <summary>Appends a time.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="epochSeconds">Seconds since 1970-01-01, 0 or more.</param>
    public static void Write(ByteWriter writer, long epochSeconds)
    {
        int days = (int)(epochSeconds / SecondsADay);
        int second = (int)(epochSeconds - ((long)days * SecondsADay));
        int shifted = days + DaysTo1970;
        int era = shifted / DaysAnEra;
        int dayOfEra = shifted - (era * DaysAnEra);
        int yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36524) - (dayOfEra / 146096)) / 365;
        int dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        int monthFromMarch = ((5 * dayOfYear) + 2) / 153;
        int day = dayOfYear - (((153 * monthFromMarch) + 2) / 5) + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        int year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        writer.Padded(year, 4);
        writer.Byte((byte)'-');
        writer.Padded(month, 2);
        writer.Byte((byte)'-');
        writer.Padded(day, 2);
        writer.Byte((byte)'T');
        writer.Padded(second / 3600, 2);
        writer.Byte((byte)':');
        writer.Padded(second / 60 % 60, 2);
        writer.Byte((byte)':');
        writer.Padded(second % 60, 2);
        writer.Byte((byte)'Z');
    }

    /// <summary>Reads a time: date, <c>T</c> or a blank, time, perhaps a fraction; what follows is ignored (UTC is taken for granted,
    /// as the predecessor's firmware does).</summary>
    /// <param name="text">Where it stands.</param>
    /// <param name="offset">First index.</param>
    /// <param name="end">First index that does not belong to it.</param>
    /// <param name="epochMs">Milliseconds since 1970-01-01; without a fraction half a second is added, the mean of what was cut
    /// off.</param>
    /// <returns><c>false</c> when it is not a time between 2020 and 2067.</returns>
    public static bool TryRead(byte[] text, int offset, int end, out long epochMs)
    {
        epochMs = 0;
        if (!TryReadField(text, ref offset, end, 4, '-', out int year)
            || !TryReadField(text, ref offset, end, 2, '-', out int month)
            || !TryReadField(text, ref offset, end, 2, 'T', out int day)
            || !TryReadField(text, ref offset, end, 2, ':', out int hour)
            || !TryReadField(text, ref offset, end, 2, ':', out int minute)
            || !TryReadField(text, ref offset, end, 2, '\0', out int second))
        {
            return false;
        }

        if (year < 2020 || year > 2067 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        int marchYear = month <= 2 ? year - 1 : year;
        int era = marchYear / 400;
        int yearOfEra = marchYear - (era * 400);
        int dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        int dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        long days = (era * DaysAnEra) + dayOfEra - DaysTo1970;
        epochMs = ((days * SecondsADay) + (hour * 3600) + (minute * 60) + second) * 1000L;
        epochMs += FractionMs(text, offset, end);
        return true;
    }

    /// <summary>Takes a time that is told in whole seconds.</summary>
    /// <param name="seconds">Seconds since 1970-01-01.</param>
    /// <param name="epochMs">The same in milliseconds; half a second is added, the mean of what was cut off.</param>
    /// <returns><c>false</c> when it is not a time between 2020 and 2067.</returns>
    public static bool TryFromSeconds(long seconds, out long epochMs)
    {
        epochMs = (seconds * 1000) + 500;
        return seconds >= SecondsTo2020 && seconds < SecondsTo2068;
    }

    private static bool TryReadField(byte[] text, ref int offset, int end, int digits, char separator, out int value)
    {
        value = 0;
        if (end > text.Length || end - offset < digits)
        {
            return false;
        }

        for (int i = 0; i < digits; i++)
        {
            byte c = text[offset++];
            if (!Ascii.IsDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        if (separator == '\0')
        {
            return true;
        }

        if (offset >= end)
        {
            return false;
        }

        byte found = text[offset++];
        return found == (byte)separator || (separator == 'T' && found == (byte)' ');
    }

    private static int FractionMs(byte[] text, int offset, int end)
    {
        if (offset >= end || text[offset] != (byte)'.')
        {
            return 500;
        }

        int ms = 0;
        int scale = 100;
        for (int i = offset + 1; i < end && scale > 0 && Ascii.IsDigit(text[i]); i++)
        {
            ms += (text[i] - '0') * scale;
            scale /= 10;
        }

        return ms;
    }
}
