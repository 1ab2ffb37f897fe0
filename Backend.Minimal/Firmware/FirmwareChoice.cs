using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>What somebody asks for.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Product">The product; null = the device's own, or the only one that there is.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Version">The version; null = what is meant for it: the pinned one, or the newest.</param>
/// <param name="Device">The device that asks; null = a person or tool.</param>
internal sealed record FirmwareWish(
    Platform Platform, string? Product, string Environment, ReleaseVersion? Version, DeviceIdentity? Device);

/// <summary>The one place that decides which release of the firmware for things somebody gets, however they ask.</summary>
internal static class FirmwareChoice
{
    /// <summary>Decides.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">What is asked for, and by what name platforms are known.</param>
    /// <returns>The release, or why there is none.</returns>
    public static (Release? Release, Refusal? Refusal) Decide(SqlSession session, (FirmwareWish Wish, PlatformTable Platforms) wanted)
    {
        FirmwareWish wish = wanted.Wish;
        (string? ownProduct, string? ownPlatform) = wish.Device is null ? (null, null) : Own(session, wish.Device.DeviceId);
        if (ownPlatform is not null && wanted.Platforms.Resolve(ownPlatform) is { } own && own.Name != wish.Platform.Name)
        {
            return (null, new Refusal(StatusCodes.Status403Forbidden, $"This device is of {own.Name}, not of {wish.Platform.Name}"));
        }

        if (ownProduct is not null && wish.Product is not null && wish.Product != ownProduct)
        {
            return (null, new Refusal(StatusCodes.Status403Forbidden, "This device is of another product"));
        }

        (string? product, Refusal? refusal) = ProductOf(session, wish, ownProduct);
        if (product is null)
        {
            return (null, refusal);
        }

        string? pinned = wish.Device is null ? null : PinOf(session, wish.Device.DeviceId);
        ReleaseVersion? version = wish.Version ?? ReleaseVersion.Parse(pinned);
        Release? release = version is null
            ? ReleaseSql.Newest(session, product, wish.Platform.Name, wish.Environment)
            : ReleaseSql.OfVersion(session, product, wish.Platform.Name, wish.Environment, version);
        return release is not null ? (release, null)
            : (null, Refusal.NotFound(
                $"There is no {(version is null ? "firmware" : $"version {version.Text}")} of {product} for {wish.Platform.Name}"
                + (wish.Environment == FirmwareText.Production ? "" : $" in {wish.Environment}")
                + (wish.Version is null && pinned is not null ? $" (the device is pinned to {pinned})" : "")));
    }

    /// <summary>The version that a device is pinned to; null = none.</summary>
    public static string? PinOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT version FROM ota_pins WHERE device_id = $1", deviceId);
        return row.Read() ? row.Text(0) : null;
    }

    private static (string? Product, Refusal? Refusal) ProductOf(SqlSession session, FirmwareWish wish, string? own)
    {
        if ((wish.Product ?? own) is { } product)
        {
            return (product, null);
        }

        List<string> products = ReleaseSql.Products(session, wish.Platform.Name, wish.Environment);
        return products.Count switch
        {
            1 => (products[0], null),
            0 => (null, Refusal.NotFound($"There is no firmware for {wish.Platform.Name}")),
            _ => (null, new Refusal(StatusCodes.Status400BadRequest, "product: say which, there are several")),
        };
    }

    private static (string? Product, string? Platform) Own(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT product, platform FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? (row.TextOrNull(0), row.TextOrNull(1)) : (null, null);
    }
}
