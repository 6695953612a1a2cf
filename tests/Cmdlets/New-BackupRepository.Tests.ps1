BeforeAll { . (Join-Path $PSScriptRoot 'TestSetup.ps1') }

AfterAll { Clear-TestRoot }

Describe 'New-BackupRepository' {
    It 'creates, registers and unlocks a repository, and emits it' {
        $repository = New-BackupRepository -Name first -Path (Join-Path $TestRoot 'first') -Password (Get-TestPassword)
        $repository | Should -BeOfType BackupPS.BackupRepository
        $repository.Name | Should -BeExactly 'first'
        $repository.Status | Should -BeExactly 'Unlocked'
        $repository.Path | Should -BeExactly (Join-Path $TestRoot 'first')
        $repository.RepositoryId | Should -Match '^[0-9a-f]{32}$'
        $repository.Created.Offset | Should -Be ([timespan]::Zero)
        Join-Path $TestRoot 'first/repository.json' | Should -Exist
        (Get-BackupRepository -Name first).RepositoryId | Should -BeExactly $repository.RepositoryId
    }

    It 'takes a path of a PSDrive, and a relative one' {
        (New-BackupRepository -Name drive -Path 'TestRoot:/drive' -KeyFile (Get-TestKeyFile)).Path | Should -BeExactly (Join-Path $TestRoot 'drive')
        Push-Location -LiteralPath $TestRoot
        try { (New-BackupRepository -Name relative -Path './relative' -KeyFile (Get-TestKeyFile)).Path | Should -BeExactly (Join-Path $TestRoot 'relative') }
        finally { Pop-Location }
    }

    It 'refuses a path that is not one of a file system' {
        New-BackupRepository -Name env -Path 'Env:/vault' -KeyFile (Get-TestKeyFile) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PathNotFileSystem,*'
    }

    It 'needs no name' {
        $repository = New-BackupRepository -Path (Join-Path $TestRoot 'nameless') -KeyFile (Get-TestKeyFile)
        $repository.Name | Should -BeExactly ''
        $repository.Repository | Should -BeExactly (Join-Path $TestRoot 'nameless')
        Get-BackupRepository | Should -Not -Contain $repository.Repository
    }

    It 'takes codec, chunking and chunk size' {
        $repository = New-BackupRepository -Name images -Path (Join-Path $TestRoot 'images') -KeyFile (Get-TestKeyFile) -Compression Brotli -Chunking Fixed -ChunkSize 128KB
        $repository.Compression, $repository.Chunking, $repository.ChunkSize | Should -Be 'Brotli', 'Fixed', 131072
    }

    It 'refuses a name that is taken' {
        $null = New-BackupRepository -Name taken -Path (Join-Path $TestRoot 'taken') -KeyFile (Get-TestKeyFile)
        New-BackupRepository -Name taken -Path (Join-Path $TestRoot 'taken2') -KeyFile (Get-TestKeyFile) -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryExists,*'
        Join-Path $TestRoot 'taken2/repository.json' | Should -Not -Exist
    }

    It 'refuses a folder that holds other things' {
        $folder = Initialize-TestTree -Path (Join-Path $TestRoot 'full')
        New-BackupRepository -Name full -Path $folder -KeyFile (Get-TestKeyFile) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'FolderNotEmpty,*'
        @(Get-ChildItem -LiteralPath $folder -Recurse -File).Count | Should -Be 6
    }

    It 'never asks for a secret: without one it is an error' {
        { New-BackupRepository -Name secretless -Path (Join-Path $TestRoot 'secretless') -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'SecretMissing,*'
        Join-Path $TestRoot 'secretless' | Should -Not -Exist
    }

    It 'refuses two secrets' {
        New-BackupRepository -Name two -Path (Join-Path $TestRoot 'two') -Password (Get-TestPassword) -KeyFile (Get-TestKeyFile) -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'takes the passphrase from the file that BACKUPPS_PASSWORD_FILE names, without its last newline' {
        $env:BACKUPPS_PASSWORD_FILE = Add-PrivateFile -Path (Join-Path $TestRoot 'password') -Bytes ([Text.Encoding]::UTF8.GetBytes("correct horse`n"))
        try { $null = New-BackupRepository -Name unattended -Path (Join-Path $TestRoot 'unattended') }
        finally { $env:BACKUPPS_PASSWORD_FILE = $null }
        Disconnect-BackupRepository -Name unattended
        (Connect-BackupRepository -Name unattended -Password (Get-TestPassword)).Status | Should -Be 'Unlocked'
    }

    It 'refuses a password file that others can read' -Skip:$IsWindows {
        $file = Add-PrivateFile -Path (Join-Path $TestRoot 'open-password') -Bytes ([Text.Encoding]::UTF8.GetBytes('correct horse'))
        [IO.File]::SetUnixFileMode($file, 'UserRead, UserWrite, GroupRead')
        $env:BACKUPPS_PASSWORD_FILE = $file
        try { { New-BackupRepository -Name open -Path (Join-Path $TestRoot 'open') -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'SecretFileUnusable,*' }
        finally { $env:BACKUPPS_PASSWORD_FILE = $null }
    }

    It 'takes a secret from SecretManagement where that module is present' {
        $module = New-Module -Name Microsoft.PowerShell.SecretManagement -ScriptBlock {
            function Get-Secret { param([string] $Name) if ($Name -eq 'backup') { [System.Net.NetworkCredential]::new('', 'from the vault').SecurePassword } }
        } | Import-Module -PassThru -Global
        try {
            $null = New-BackupRepository -Name managed -Path (Join-Path $TestRoot 'managed') -Secret backup
            Disconnect-BackupRepository -Name managed
            (Connect-BackupRepository -Name managed -Password (Get-TestPassword -Text 'from the vault')).Status | Should -Be 'Unlocked'
            { Connect-BackupRepository -Name managed -Secret other -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'SecretMissing,*'
        }
        finally { Remove-Module -ModuleInfo $module }
    }

    It 'makes nothing under -WhatIf' {
        $before = Get-FolderState -Path $TestRoot
        New-BackupRepository -Name whatif -Path (Join-Path $TestRoot 'whatif') -KeyFile (Get-TestKeyFile) -WhatIf | Should -BeNullOrEmpty
        Get-FolderState -Path $TestRoot | Should -Be $before
    }
}
