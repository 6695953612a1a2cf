# Every script in examples/ runs as it stands, in a process of its own.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $examples = Join-Path $ModuleRoot 'examples'
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $environment = @{ BACKUPPS_HOME = $env:BACKUPPS_HOME; BACKUPPS_PASSWORD_FILE = Add-PrivateFile -Path (Join-Path $TestRoot 'password') -Bytes ([Text.Encoding]::UTF8.GetBytes("correct horse`n")) }
    $null = New-BackupRepository -Name vault -Path (Join-Path $TestRoot 'vault') -Password (Get-TestPassword)
}

AfterAll { Clear-TestRoot }

Describe 'QuickStart.ps1' {
    It 'runs the main job and leaves nothing behind' {
        $temporary = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'temporary')).FullName
        $fresh = Invoke-FreshProcess -NoImport -Environment @{ TMPDIR = $temporary; TMP = $temporary } -Script "& '$examples/QuickStart.ps1' -Source '$tree' | Select-Object -Property Status | ConvertTo-Json -Compress"
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        $fresh.Output | Should -Not -Match 'Failed|Incomplete'
        ([regex]::Matches($fresh.Output, 'Complete|Passed')).Count | Should -Be 4
        Get-ChildItem -LiteralPath $temporary -Filter 'backupps-*' | Should -BeNullOrEmpty
    }
}

Describe 'Pipeline.ps1' {
    It 'makes one snapshot of what was picked, and restores the largest items' {
        $destination = Join-Path $TestRoot 'picked'
        $fresh = Invoke-FreshProcess -NoImport -Environment $environment -Script "& '$examples/Pipeline.ps1' -Repository vault -Source '$tree' -Destination '$destination' | Format-List"
        $fresh.ErrorText | Should -BeNullOrEmpty
        $fresh.ExitCode | Should -Be 0
        @(Get-ChildItem -LiteralPath $destination -Recurse -File).Count | Should -Be 3
        Connect-BackupRepository -Name vault -Password (Get-TestPassword)
        $snapshot = @(Get-BackupSnapshot -Repository vault -Tag documents)
        $snapshot.Count | Should -Be 1
        # Three texts and two sources; not what is neither.
        $snapshot[0].FileCount | Should -Be 5
    }
}

Describe 'Invoke-ScheduledBackup.ps1' {
    BeforeAll {
        $null = New-BackupPolicy -Name whole -Source $tree -Repository vault -KeepLast 2
        $null = New-BackupPolicy -Name part -Source $tree, (Join-Path $TestRoot 'absent') -Repository vault -WarningAction SilentlyContinue
    }

    It 'ends with 0 when all is saved, and keeps what the rules keep' {
        foreach ($run in 1..3) {
            $fresh = Invoke-FreshProcess -NoImport -Environment $environment -Script "& '$examples/Invoke-ScheduledBackup.ps1' -PolicyName whole; exit `$LASTEXITCODE"
            $fresh.ErrorText | Should -BeNullOrEmpty
            $fresh.ExitCode | Should -Be 0 -Because "run $run says: $($fresh.Output)"
        }
        Connect-BackupRepository -Name vault -Password (Get-TestPassword)
        @(Get-BackupSnapshot -PolicyName whole).Count | Should -Be 2
    }

    It 'ends with 3 when something could not be saved' {
        $fresh = Invoke-FreshProcess -NoImport -Environment $environment -Script "& '$examples/Invoke-ScheduledBackup.ps1' -PolicyName part; exit `$LASTEXITCODE"
        $fresh.ExitCode | Should -Be 3
        $fresh.ErrorText | Should -Match 'absent'
    }

    It 'applies the rules of a policy one of whose files can never be read, and keeps the latest complete snapshot' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        $bad = Join-Path $stage.Tree 'plain.txt'
        $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$null = New-BackupRepository -Name own -Path '$($stage.Folder)/own' -KeyFile (New-Item '$($stage.Folder)/key' | ForEach-Object { [IO.File]::WriteAllBytes(`$_.FullName, [byte[]]::new(32)); [IO.File]::SetUnixFileMode(`$_.FullName, 'UserRead, UserWrite'); `$_.FullName })
`$null = New-BackupPolicy -Name own -Source '$($stage.Tree)' -Repository own -KeepLast 1
`$codes = foreach (`$mode in '600', '000', '000', '000') { chmod `$mode '$bad'; & '$examples/Invoke-ScheduledBackup.ps1' -PolicyName own *> `$null; `$LASTEXITCODE }
"`$codes"
(Get-BackupSnapshot -Repository own).Status -join ' '
"@
        ($fresh.Output -split '\r?\n')[0, 1] | Should -Be '0 3 3 3', 'Complete Incomplete' -Because $fresh.ErrorText
    }

    It 'ends with 1 when a policy fails, and runs the others' {
        $before = @(Get-BackupRun -PolicyName whole).Count
        $fresh = Invoke-FreshProcess -NoImport -Environment $environment -Script "& '$examples/Invoke-ScheduledBackup.ps1' -PolicyName missing, whole; exit `$LASTEXITCODE"
        $fresh.ExitCode | Should -Be 1
        $fresh.ErrorText | Should -Match 'missing'
        @(Get-BackupRun -PolicyName whole).Count | Should -BeGreaterThan $before
    }
}

Describe 'examples/' {
    It 'holds nothing that no test runs' {
        # Backup-Fleet.ps1 needs hosts: Remoting.Tests.ps1 has some.
        $run = 'QuickStart.ps1', 'Pipeline.ps1', 'Invoke-ScheduledBackup.ps1', 'Backup-Fleet.ps1'
        (Get-ChildItem -LiteralPath $examples -File -Filter *.ps1).Name | Sort-Object | Should -Be ($run | Sort-Object)
        # EmbeddedBackup is run by the xunit suite.
        (Get-ChildItem -LiteralPath $examples -Directory).Name | Should -Be 'EmbeddedBackup'
    }
}
