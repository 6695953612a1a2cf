# Times as text, in zones and cultures: each form names the same snapshot everywhere.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $ids = foreach ($number in 1..3) {
        if ($number -gt 1) { Start-Sleep -Milliseconds 1100 }
        (Invoke-Backup -PolicyName web).SnapshotId
    }
    $script = @'
$ErrorActionPreference = 'Stop'
$null = Get-BackupRepository vault | Connect-BackupRepository -KeyFile $env:KEY
foreach ($culture in 'en-US', 'de-DE', 'fr-FR', 'ar-SA', 'th-TH', 'en-GB') {
    [cultureinfo]::CurrentCulture = $culture
    $all = @(Get-BackupSnapshot -PolicyName web)
    $middle = $all[1]
    $offset = $middle.Time
    $utc = $offset.UtcDateTime
    $xml = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($middle, 1))
    $json = $middle | ConvertTo-Json | ConvertFrom-Json
    $forms = [ordered]@{
        object = $utc; local = $utc.ToLocalTime(); offset = $offset; 'local offset' = $offset.ToLocalTime()
        'text of the object' = "$($middle.Time)"; 'joined text' = 'at ' + $middle.Time -replace '^at '; 'text after XML' = "$($xml.Time)"; 'text after JSON' = "$($json.Time)"
        'property after XML' = $xml.Time; 'property after JSON' = $json.Time
'text of a local offset' = "$($offset.ToLocalTime())"; 'text of a local time' = "$($utc.ToLocalTime())"
        'ISO in UTC' = $utc.ToString('o'); 'ISO with an offset' = $offset.ToOffset([timespan]::FromMinutes(-210)).ToString('o', [cultureinfo]::InvariantCulture)
        'invariant CSV' = & { [cultureinfo]::CurrentCulture = ''; ($middle | Select-Object -Property Time | ConvertTo-Csv | ConvertFrom-Csv).Time }
        'ISO to the second' = $utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [cultureinfo]::InvariantCulture)
        'ISO, local' = $utc.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", [cultureinfo]::InvariantCulture)
        'JSON of a time' = ($offset | ConvertTo-Json | ConvertFrom-Json); 'XML of a time' = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($utc))
    }
    foreach ($form in $forms.Keys) {
        $until = @(Get-BackupSnapshot -PolicyName web -Until $forms[$form]).Count
        $since = @(Get-BackupSnapshot -PolicyName web -Since $forms[$form]).Count
        $restored = (Restore-Backup -PolicyName web -At $forms[$form] -Destination $env:STAGE -Overwrite Always).SnapshotId
        if ($until -ne 2 -or $since -ne 2 -or $restored -ne $middle.SnapshotId) { "$culture, $form ($($forms[$form])): until $until, since $since, restored $restored" }
    }
    foreach ($none in 'soon', '2026-13-01') {
        try { $null = Get-BackupSnapshot -Since $none; "$culture takes '$none' for a time" } catch { if ($_.FullyQualifiedErrorId -notlike 'ParameterArgumentTransformationError*') { "$culture, '$none': $_" } }
    }
}
# What de-DE writes has the day first wherever it is read, and what en-US writes is no other time elsewhere.
[cultureinfo]::CurrentCulture = 'de-DE'
$written = @{ 'de-DE' = ($middle | Select-Object -Property Time | ConvertTo-Csv | ConvertFrom-Csv).Time, $middle.Time.ToString(), ('{0}' -f $middle.Time) }
[cultureinfo]::CurrentCulture = 'en-US'
$written['en-US'] = ($middle | Select-Object -Property Time | ConvertTo-Csv | ConvertFrom-Csv).Time, $middle.Time.ToString(), ('{0}' -f $middle.Time)
foreach ($culture in 'en-US', 'de-DE', 'fr-FR') {
    [cultureinfo]::CurrentCulture = $culture
    foreach ($writer in $written.Keys) {
        foreach ($text in $written[$writer]) {
            $restored = try { (Restore-Backup -PolicyName web -At $text -Destination $env:STAGE -Overwrite Always).SnapshotId } catch { "$_" }
            if ($restored -ne $middle.SnapshotId -and ($writer -eq 'de-DE' -or $writer -eq $culture -or $restored -notlike '*two times*')) { "'$text' of $writer in ${culture}: $restored" }
        }
    }
}
[cultureinfo]::CurrentCulture = 'en-GB'
try { $null = Get-BackupSnapshot -Since '1/2/2026'; 'A guess at 1/2/2026' } catch { if ("$_" -notlike '*two times*') { "$_" } }
'done'
'@
}

AfterAll { Clear-TestRoot }

Describe 'A time' {
    It 'names the same snapshot in <_>, in every form and culture' -ForEach 'UTC', 'America/New_York', 'Asia/Tokyo', 'Asia/Kathmandu' {
        $result = Invoke-FreshProcess -Script $script -Environment @{ TZ = $_; BACKUPPS_HOME = $env:BACKUPPS_HOME; KEY = (Get-TestKeyFile); STAGE = (Join-Path $TestRoot "out-$($_ -replace '/')") }
        $result.ErrorText | Should -BeNullOrEmpty
        $result.Output.Trim() | Should -Be 'done'
    }
}

Describe 'The time of an object' {
    BeforeAll {
        $use = @'
$ErrorActionPreference = 'Stop'
. $env:SAMPLES
foreach ($culture in 'en-US', 'de-DE', 'fr-FR', 'th-TH') {
    [cultureinfo]::CurrentCulture = $culture
    # Within a day of now: what a zone does to them shows.
    $now = [datetimeoffset]::UtcNow
    $samples = @(Get-NounSample -Time { param($number) $now.AddHours(-$number) })
    $ways = [ordered]@{
        live = { $_ }
        XML = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($_, 1)) }
        'XML, twice' = { $copy = $_; foreach ($time in 1..2) { $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($copy, 1)) }; $copy }
        'Select-Object and XML' = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize(($_ | Select-Object -Property *), 1)) }
    }
    foreach ($way in $ways.Keys) {
        foreach ($sample in $samples) {
            $copy = $sample | ForEach-Object $ways[$way]
            foreach ($property in $sample.GetType().GetProperties() | Where-Object PropertyType -In ([datetime]), ([datetimeoffset])) {
                $time = $property.GetValue($sample)
                $seen = $copy.($property.Name)
                $wrong = switch ($true) {
                    ($seen -isnot [datetimeoffset] -or $seen -ne $time) { 'value' }
                    ("$seen" -notmatch '[+-]\d\d:\d\d$') { 'text' }
                    (-not ($seen -gt (Get-Date).AddDays(-2)) -or $seen -gt (Get-Date) -or (Get-Date) -lt $seen) { 'comparison with Get-Date' }
                    (@($copy | Where-Object $property.Name -GT (Get-Date).AddDays(-2)).Count -ne 1) { 'Where-Object' }
                    ((Get-Date $seen) -ne $time.LocalDateTime) { 'Get-Date' }
                    ([math]::Abs((New-TimeSpan -Start $seen).TotalSeconds - ([datetimeoffset]::Now - $time).TotalSeconds) -gt 60) { 'New-TimeSpan' }
                    ([math]::Abs(($seen - (Get-Date)).TotalSeconds - ($time - [datetimeoffset]::Now).TotalSeconds) -gt 60) { 'subtraction of Get-Date' }
                    (($seen - $time) -ne [timespan]::Zero) { 'subtraction' }
                    ([BackupPS.Cmdlets.ViewText]::Time($seen) -ne $time.ToLocalTime().ToString('yyyy-MM-dd HH:mm:ss zzz', [cultureinfo]::InvariantCulture)) { 'view' }
                }
                if ($wrong) { "$culture, $way, $($property.DeclaringType.Name).$($property.Name): $wrong ('$seen')" }
            }
        }
    }
    # Every parameter that takes a time, by what it does to the text of each time.
    foreach ($parameter in (Get-Command -Module BackupPS).Parameters.Values | Where-Object { $_.ParameterType -in [datetime], [Nullable[datetime]], [datetimeoffset], [Nullable[datetimeoffset]] }) {
        $transformation = $parameter.Attributes.Where{ $_ -is [BackupPS.Cmdlets.TimeTransformationAttribute] }[0]
        if (-not $transformation) { "$($parameter.Name) takes times as they come"; continue }
        foreach ($sample in $samples) {
            foreach ($property in $sample.GetType().GetProperties() | Where-Object PropertyType -EQ ([datetimeoffset])) {
                $time = $property.GetValue($sample)
                $taken = $transformation.Transform($null, "$($sample.($property.Name))")
                if ($taken.Kind -ne 'Utc' -or [math]::Abs($taken.Ticks - $time.UtcTicks) -ge 10000000 -or $transformation.WholeSecond -ne ($taken.Ticks -ge $time.UtcTicks)) { "$culture, -$($parameter.Name), $($property.Name): $($taken.ToString('o')) for $($time.ToString('o'))" }
            }
        }
    }
}
# Two hours of one night have the same times: none is guessed at. Where the clocks stay, there is no such hour.
[cultureinfo]::CurrentCulture = ''
$twice = [System.TimeZoneInfo]::Local.IsAmbiguousTime([datetime]'2026-11-01 01:30:00')
$read = try { [BackupPS.Cmdlets.TimeTransformationAttribute]::new().Transform($null, '2026-11-01 01:30:00') } catch { $_.Exception.InnerException ?? $_.Exception }
if ($twice -ne ($read -is [Exception] -and $read.Message -like '*is two times in this time zone*')) { "$read" }
[BackupPS.Cmdlets.TimeTransformationAttribute]::new().Transform($null, '2026-11-01 01:30:00-04:00').ToString('o')
'done'
'@
    }

    It 'is that instant in <_>, wherever the object has been, and its text is taken back' -ForEach 'UTC', 'America/New_York', 'Asia/Tokyo', 'Europe/London' {
        $result = Invoke-FreshProcess -Script $use -Environment @{ TZ = $_; BACKUPPS_HOME = $env:BACKUPPS_HOME; SAMPLES = (Join-Path $PSScriptRoot 'NounSample.ps1') }
        $result.ErrorText | Should -BeNullOrEmpty
        $result.Output.Trim() -split '\r?\n' | Should -Be '2026-11-01T05:30:00.0000000Z', 'done'
    }

    It 'is a time again where the module is imported after the object came, as over SSH' {
        . (Join-Path $PSScriptRoot 'NounSample.ps1')
        $file = Join-Path $TestRoot 'early.xml'
        Get-NounSample | Export-Clixml -LiteralPath $file
        $script = @"
`$copies = @(Import-Clixml -LiteralPath '$file')
'{0} {1}' -f "`$(`$copies[0].Time)", `$copies[0].Time.LocalDateTime.ToString('s')
Import-Module -Name '$Manifest'
. '$PSScriptRoot/NounSample.ps1'
`$samples = @(Get-NounSample)
`$count = 0
for (`$i = 0; `$i -lt `$samples.Count; `$i++) {
    foreach (`$property in `$samples[`$i].GetType().GetProperties() | Where-Object PropertyType -EQ ([datetimeoffset])) {
        `$count++
        `$seen = `$copies[`$i].(`$property.Name)
        if (`$seen -isnot [datetimeoffset] -or `$seen -ne `$property.GetValue(`$samples[`$i])) { "`$(`$property.DeclaringType.Name).`$(`$property.Name): '`$seen'" }
    }
}
`$count -gt 10
"@
        $result = Invoke-FreshProcess -NoImport -Environment @{ TZ = 'Asia/Tokyo' } -Script $script
        $result.ErrorText | Should -BeNullOrEmpty
        $result.Output.Trim() -split '\r?\n' | Should -Be '11/03/2026 13:05:09 +00:00 2026-11-03T22:05:09', 'True'
    }

    It 'has a text that means the same in another zone' {
        $texts = (Invoke-FreshProcess -Environment @{ TZ = 'Asia/Tokyo' } -Script "`$null = Get-BackupRepository vault | Connect-BackupRepository -KeyFile '$(Get-TestKeyFile)'`nGet-BackupSnapshot -PolicyName web | ForEach-Object { ""`$(`$_.Time)"" }").Output.Trim() -split '\r?\n'
        $texts.Count | Should -Be 3
        $script = "'$($texts -join "', '")' | ForEach-Object { (Restore-Backup -PolicyName web -At `$_ -Destination '$TestRoot/zone' -Overwrite Always).SnapshotId }"
        $picked = Invoke-FreshProcess -Environment @{ TZ = 'America/New_York' } -Script "`$null = Get-BackupRepository vault | Connect-BackupRepository -KeyFile '$(Get-TestKeyFile)'`n$script"
        $picked.ErrorText | Should -BeNullOrEmpty
        $picked.Output.Trim() -split '\r?\n' | Should -Be $ids
    }
}
